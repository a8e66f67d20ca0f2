import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { startPostfix } from '../../bench/peers/postfix.ts'
import { until } from '../../bench/tool/wait.ts'
import { makeCertificate, type TestCertificate } from '../support/certificate.ts'
import { startDns } from '../support/dns/server.ts'
import { startUnbound } from '../support/dns/unbound.ts'
import { zone } from '../support/dns/zone.ts'
import { submit } from '../support/mail-network.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { startPeer } from '../support/smtp-peer.ts'

const COUNT = 20

/** The first event of a message that ends a try. */
async function tried(demo: Demo, id: string): Promise<readonly [type: string, words: string]> {
  for (;;) {
    const events = JSON.parse((await demo.cli(['trace', id, '--json'])).stdout) as readonly { readonly type: string }[]
    const event = events.find(({ type }) => ['delivery.delivered', 'delivery.deferred', 'delivery.failed'].includes(type))
    if (event !== undefined) return [event.type, JSON.stringify(event)]
  }
}

test('Postfix takes what we send it by its MX record, each message once', async () => {
  await using postfix = await startPostfix({ kind: 'maildir' })
  await using dns = await startDns([zone('far.test', { '@': { MX: ['10 mx'] }, mx: { A: ['127.0.0.1'] } })])
  await using demo = await startDemo({ flags: ['--resolver', `127.0.0.1:${dns.port}`], env: { MERPATI_MX_PORT: String(postfix.port) } })
  for (let number = 0; number < COUNT; number++) await submit(demo, [`orang${number}@far.test`])
  await until('Postfix to have all of it', () => postfix.delivered() >= COUNT && postfix.queued() === 0, 60_000)
  assert.equal(postfix.delivered(), COUNT, postfix.log().slice(-2_000))
})

function tlsa({ cert }: TestCertificate, key: 'own' | 'other'): string {
  const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  return `3 1 1 ${createHash('sha256').update(key === 'own' ? spki : 'another key').digest('hex')}`
}

test('DANE holds with a zone that nsd serves and unbound validates: the right key gets mail, another one and a forged zone do not', async () => {
  const certificate = await makeCertificate(['mx.signed.test'])
  await using right = await startPeer({ address: '127.0.0.2', tls: certificate })
  await using wrong = await startPeer({ address: '127.0.0.3', port: right.port, tls: certificate })
  const records = [
    '@ IN MX 10 mx', 'mx IN A 127.0.0.2', `_${right.port}._tcp.mx IN TLSA ${tlsa(certificate, 'own')}`,
    'lain IN MX 10 mx2', 'mx2 IN A 127.0.0.3', `_${right.port}._tcp.mx2 IN TLSA ${tlsa(certificate, 'other')}`,
  ]
  await using unbound = await startUnbound([
    { origin: 'signed.test', records: records.join('\n'), dnssec: 'signed' },
    { origin: 'broken.test', records: '@ IN A 192.0.2.3\n@ IN MX 10 mx\nmx IN A 192.0.2.4', dnssec: 'broken' },
  ])
  await using demo = await startDemo({
    flags: ['--resolver', `127.0.0.1:${unbound.port}`],
    env: { MERPATI_MX_PORT: String(right.port), MERPATI_RESOLVER_VALIDATING: 'mx.signed.test broken.test' },
  })
  const [delivered, words] = await tried(demo, await submit(demo, ['budi@signed.test']))
  assert.equal(delivered, 'delivery.delivered', words)
  assert.match(words, /"policy":"dane"/)
  assert.equal(right.messages[0]?.tls, true)
  const [waits, why] = await tried(demo, await submit(demo, ['budi@lain.signed.test']))
  assert.equal(waits, 'delivery.deferred')
  assert.match(why, /no TLSA record matches its certificate/)
  assert.equal(wrong.messages.length, 0)
  const [forged] = await tried(demo, await submit(demo, ['budi@broken.test']))
  assert.equal(forged, 'delivery.deferred')
})
