import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { after, before, test } from 'node:test'
import { makeCertificate, type TestCertificate } from '../support/certificate.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { triedOf } from '../support/story.ts'

/** Names that mail servers have here, and what their TLSA records say: their key, another key, or what means nothing for mail. */
const HOSTS = { good: [2, 'own'], wrong: [3, 'other'], odd: [4, 'unusable'], mute: [5, 'own'], none: [6, null], plain: [7, 'unusable'] } as const

function tlsa(kind: 'own' | 'other' | 'unusable', { cert }: TestCertificate): string {
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  const digest = createHash('sha256').update(kind === 'other' ? 'another key' : key).digest('hex')
  return `${kind === 'unusable' ? 1 : 3} 1 1 ${digest}`
}

let network: MailNetwork
before(async () => {
  // For DANE-EE neither the name nor who signed it counts.
  const certificate = await makeCertificate(['somebody.else.test'])
  const numbers = Object.values(HOSTS).map(([number]) => number)
  network = await startNetwork({
    dnssec: true,
    names: (port) => ({
      ok: { MX: ['10 good'] },
      second: { MX: ['10 wrong', '20 good'] },
      mismatch: { MX: ['10 wrong'] },
      unusable: { MX: ['10 odd'] },
      clear: { MX: ['10 plain'] },
      silent: { MX: ['10 mute', '20 good'] },
      lost: { MX: ['10 mute'] },
      free: { MX: ['10 none'] },
      ...Object.fromEntries(Object.entries(HOSTS).map(([name, [number]]) => [name, { A: [`127.0.0.${number}`] }])),
      ...Object.fromEntries(Object.entries(HOSTS).flatMap(([name, [, kind]]) => (kind === null ? [] : [[`_${port}._tcp.${name}`, { TLSA: [tlsa(kind, certificate)] }]]))),
    }),
    peers: Object.fromEntries(numbers.map((number) => [number, number === HOSTS.plain[0] ? {} : { tls: certificate }])),
  })
  network.dns.behave(`_${network.peer(2).port}._tcp.mute.far.test`, 'servfail')
})
after(() => network[Symbol.asyncDispose]())

/** How a message to a domain ended: event, host, status and words. */
async function sent(domain: string, mail?: string): Promise<readonly [type: string, host: unknown, status: unknown, text: string]> {
  const id = await network.submit(`budi@${domain}.far.test`, undefined, mail === undefined ? {} : { mail })
  const { type, data } = await triedOf(network.demo, id)
  return [type, data['host'], data['status'], JSON.stringify(data)]
}

test('a server whose key is the one in its TLSA record gets mail, whatever else its certificate says', async () => {
  const [type, host] = await sent('ok')
  assert.deepEqual([type, host], ['delivery.delivered', 'good.far.test'])
})

test('a server with another key gets nothing, and the next one is asked', async () => {
  const [type, host] = await sent('second')
  assert.deepEqual([type, host], ['delivery.delivered', 'good.far.test'])
  assert.equal(network.peer(HOSTS.wrong[0]).messages.length, 0)
})

test('when no server has the right key, mail waits with 4.7.5', async () => {
  const [type, host, status, text] = await sent('mismatch')
  assert.deepEqual([type, host, status], ['delivery.deferred', 'wrong.far.test', '4.7.5'])
  assert.match(text, /no TLSA record matches its certificate/)
})

test('TLSA records that mean nothing for mail still ask for TLS, with any certificate', async () => {
  assert.equal((await sent('unusable'))[0], 'delivery.delivered')
  const [type, , status] = await sent('clear')
  assert.deepEqual([type, status], ['delivery.deferred', '4.7.5'])
  assert.equal(network.peer(HOSTS.plain[0]).messages.length, 0)
})

test('a server whose TLSA records cannot be learned is passed over', async () => {
  const [type, host] = await sent('silent')
  assert.deepEqual([type, host], ['delivery.delivered', 'good.far.test'])
  const [waits, , status] = await sent('lost')
  assert.deepEqual([waits, status], ['delivery.deferred', '4.7.5'])
  assert.equal(network.peer(HOSTS.mute[0]).messages.length, 0)
})

test('where there is no TLSA record any certificate does', async () => {
  assert.equal((await sent('free'))[0], 'delivery.delivered')
})

test('REQUIRETLS is refused where nobody vouches for the server or it does not promise the same', async () => {
  const [type, , status] = await sent('free', 'REQUIRETLS')
  assert.deepEqual([type, status], ['delivery.failed', '5.7.30'])
  const [verified, , promised] = await sent('ok', 'REQUIRETLS')
  assert.deepEqual([verified, promised], ['delivery.failed', '5.7.30'])
})
