import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeCertificate } from '../../test/support/certificate.ts'
import { openTestDatabase } from '../../test/support/database.ts'
import { testResolver } from '../../test/support/dns/resolver.ts'
import { startDns } from '../../test/support/dns/server.ts'
import { zone } from '../../test/support/dns/zone.ts'
import type { Domain } from '../base/brand.ts'
import { MINUTE_MS } from '../base/duration.ts'
import { demoConfig } from './config/demo.ts'
import { linkOrigins } from './link-origin.ts'

test('links of a domain lead below it once its owner has made them an alias of our host and there is a certificate, and to our own name until then', async () => {
  await using opened = await openTestDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'merpati-links-'))
  await using dns = await startDns()
  try {
    const made = await makeCertificate(['links.toko.example', 'links.elsewhere.example'])
    const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem'), names: null, setting: 'certificate.0' }
    await writeFile(files.certificate, made.cert)
    await writeFile(files.key, made.key)
    const demo = demoConfig({ MERPATI_DATA: folder })
    assert.ok(demo.ok)
    const config = { ...demo.value, hostname: 'mx.home.example', track: { host: 'links.home.example', origin: 'https://links.home.example' }, tls: null, certificates: [files] }
    const alias = (target: string) => ({ links: { CNAME: [target] } })
    const published = [zone('toko.example', alias('mx.home.example.')), zone('elsewhere.example', alias('web.elsewhere.example.')), zone('bare.example', alias('mx.home.example.'))]
    dns.serve(published)
    const clock = { ms: Date.now(), nowMs: () => clock.ms }
    using resolver = testResolver([dns], { clock })
    const originOf = linkOrigins({ config, db: opened.db, names: { get: async () => resolver }, clock })
    const origins = async (): Promise<readonly string[]> => await Promise.all(['toko.example', 'elsewhere.example', 'bare.example', null].map((domain) => originOf(domain as Domain | null)))
    const shared = config.track.origin
    assert.deepEqual(await origins(), ['https://links.toko.example', shared, shared, shared])
    // Whoever takes the alias away has shared links again minutes later.
    dns.serve(published.slice(1))
    clock.ms += 10 * MINUTE_MS
    assert.deepEqual(await origins(), [shared, shared, shared, shared])
    assert.equal(await linkOrigins({ config, db: opened.db, names: { get: async () => null }, clock })('toko.example' as Domain), shared)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
