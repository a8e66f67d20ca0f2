import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type IncomingMessage, request, type RequestOptions } from 'node:http'
import { request as requestTls } from 'node:https'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseStsPolicy } from '../../src/proto/mtasts/policy.ts'
import { type Demo, startDemo } from '../support/server.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
  assert.equal((await demo.cli(['domain', 'add', 'toko.merpati.test'])).code, 0)
})
after(() => demo[Symbol.asyncDispose]())

interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** What a program gets that asks a host of ours; DNS and a port in front of ours are left out. */
async function ask(host: string, path: string, options: { readonly post?: string; readonly tls?: true } = {}): Promise<Page> {
  const { post, tls } = options
  const to: RequestOptions = { host: '127.0.0.1', port: tls === true ? demo.ports.https : demo.ports.http, path, method: post === undefined ? 'GET' : 'POST', headers: { host } }
  const asked = tls === true ? requestTls({ ...to, servername: host, ca: readFileSync(join(demo.dataDir, 'tls/certificate.pem')) }) : request(to)
  asked.end(post)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body: (await response.toArray()).map(String).join('') }
}

const question = (address: string): string => `<Autodiscover><Request><EMailAddress>${address}</EMailAddress></Request></Autodiscover>`

test('the policy of a hosted domain is served over TLS, by its host name and no other', async () => {
  const { status, type, body } = await ask('mta-sts.merpati.test', '/.well-known/mta-sts.txt', { tls: true })
  assert.deepEqual([status, type], [200, 'text/plain'])
  assert.deepEqual(parseStsPolicy(Buffer.from(body)), { ok: true, value: { mode: 'testing', maxAgeS: 86_400, mx: ['mx.merpati.test'] } })
  assert.equal((await ask('MTA-STS.Merpati.Test.:443', '/.well-known/mta-sts.txt')).body, body)
  for (const host of ['merpati.test', 'mx.merpati.test', 'mta-sts.else.merpati.test', 'mta-sts.', 'mta-sts..', '127.0.0.1']) {
    assert.notEqual((await ask(host, '/.well-known/mta-sts.txt')).status, 200, host)
  }
  assert.equal((await ask('mta-sts.else.example', '/.well-known/mta-sts.txt')).status, 421)
})

test('each domain has the mode that was set for it, and leaving is a policy too', async () => {
  const modeOf = async (domain: string): Promise<string | undefined> => /^mode: (\w+)\r$/m.exec((await ask(`mta-sts.${domain}`, '/.well-known/mta-sts.txt')).body)?.[1]
  assert.equal((await demo.cli(['domain', 'set', 'toko.merpati.test', '--mta-sts', 'enforce'])).code, 0)
  assert.deepEqual([await modeOf('merpati.test'), await modeOf('toko.merpati.test')], ['testing', 'enforce'])
  const idOf = async (): Promise<string | undefined> => /v=STSv1; id=(\w+)/.exec((await demo.cli(['dns', 'records', 'toko.merpati.test'])).stdout)?.[1]
  const before = await idOf()
  assert.equal((await demo.cli(['domain', 'set', 'toko.merpati.test', '--mta-sts', 'testing'])).code, 0)
  assert.notEqual(await idOf(), before)
  assert.equal((await demo.cli(['domain', 'set', 'toko.merpati.test', '--mta-sts', 'none'])).code, 0)
  assert.deepEqual([await modeOf('toko.merpati.test'), await idOf()], ['none', undefined])
  assert.equal((await demo.cli(['domain', 'set', 'toko.merpati.test', '--mta-sts', 'maybe'])).code, 2)
  assert.equal((await demo.cli(['domain', 'set', 'toko.merpati.test'])).code, 2)
})

test('autoconfig is found at each place that programs try, and names the ports that listen', async () => {
  const pages = await Promise.all([
    ask('autoconfig.merpati.test', '/mail/config-v1.1.xml?emailaddress=ani%40merpati.test'),
    ask('merpati.test', '/.well-known/autoconfig/mail/config-v1.1.xml', { tls: true }),
    ask('localhost', '/mail/config-v1.1.xml?emailaddress=ani%40merpati.test'),
  ])
  const [first] = pages
  for (const page of pages) assert.deepEqual(page, first)
  assert.match(first?.type ?? '', /^application\/xml/)
  const found = [...(first?.body ?? '').matchAll(/<(?:incoming|outgoing)Server type="(\w+)">\s*<hostname>mx\.merpati\.test<\/hostname>\s*<port>(\d+)</g)].map(([, type, port]) => `${type} ${port}`)
  const { imaps, imap, pop3s, pop3, submissions, submission } = demo.ports
  assert.deepEqual(found, [`imap ${imaps}`, `imap ${imap}`, `pop3 ${pop3s}`, `pop3 ${pop3}`, `smtp ${submissions}`, `smtp ${submission}`])
  assert.equal((await ask('autoconfig.else.merpati.test', '/mail/config-v1.1.xml')).status, 404)
})

test('autodiscover answers a POST, whatever the case of its path', async () => {
  for (const path of ['/autodiscover/autodiscover.xml', '/Autodiscover/Autodiscover.xml', '/AutoDiscover/AUTODISCOVER.XML']) {
    const { status, body } = await ask('autodiscover.merpati.test', path, { post: question('ani@merpati.test') })
    assert.equal(status, 200)
    assert.match(body, new RegExp(`<Type>IMAP</Type>\\s*<Server>mx\\.merpati\\.test</Server>\\s*<Port>${demo.ports.imaps}</Port>\\s*<LoginName>ani@merpati\\.test</LoginName>`))
  }
  assert.equal((await ask('autodiscover.merpati.test', '/Autodiscover/autodiscover.xml')).status, 405)
  assert.match((await ask('autodiscover.merpati.test', '/autodiscover/autodiscover.xml', { post: '<nothing/>' })).body, /<ErrorCode>600<\/ErrorCode>/)
  assert.match((await ask('autodiscover.merpati.test', '/autodiscover/autodiscover.xml', { post: question('ani@else.example') })).body, /<ErrorCode>500<\/ErrorCode>/)
})

test('nobody learns from these pages which addresses there are', async () => {
  const strange = 'tidak-ada@merpati.test'
  const config = async (address: string): Promise<Page> => await ask('autoconfig.merpati.test', `/mail/config-v1.1.xml?emailaddress=${encodeURIComponent(address)}`)
  assert.deepEqual(await config('ani@merpati.test'), await config(strange))
  const discovered = async (address: string): Promise<string> => (await ask('autodiscover.merpati.test', '/autodiscover/autodiscover.xml', { post: question(address) })).body.replaceAll(address, 'X')
  assert.equal(await discovered('ani@merpati.test'), await discovered(strange))
})
