import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { makeCertificate, type TestCertificate } from '../../../test/support/certificate.ts'
import { blockList } from '../../core/outbound/targets.ts'
import { readRegistration, type Registered, registrationOf } from './registration.ts'

const HOSTS = ['rdap.far.test', 'registry.far.test']

let certificate: TestCertificate
before(async () => {
  certificate = await makeCertificate(HOSTS)
})

/** Asks for the age of `toko.co.id` at a server that answers so. DNS says what `names` says, or that it is on loopback. */
async function asked(answer: (port: number) => RequestListener, { allowed = ['127.0.0.1'], name = 'mx.toko.co.id', base = 'https://rdap.far.test' } = {}): Promise<Registered> {
  let port = 0
  const server = createServer({ cert: certificate.cert, key: certificate.key }, (request, response) => answer(port)(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  const rules = { allowed: blockList(allowed), plain: 'refused' } as const
  const ask = async () => ({ kind: 'found', records: ['127.0.0.1'], name: '', aliases: [], authentic: false, ttlMs: 0, stale: false }) as const
  try {
    return await registrationOf(name, { base: `${base}:${port}`, rules, ask, roots: [certificate.cert] }, AbortSignal.any([]))
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const rdap = (body: unknown): RequestListener => (_, response) => {
  response.writeHead(200, { 'content-type': 'application/rdap+json' }).end(typeof body === 'string' ? body : JSON.stringify(body))
}
const moved = (to: string): RequestListener => (_, response) => void response.writeHead(302, { location: to }).end()
const REGISTERED = { events: [{ eventAction: 'expiration', eventDate: '2030-01-01T00:00:00Z' }, { eventAction: 'registration', eventDate: '2026-11-20T08:00:00Z' }] }
const why = (registered: Registered): string => (registered.kind === 'unknown' ? registered.why : '')

test('the server that another leads to tells when the domain of a host was registered', async () => {
  const paths: string[] = []
  const told = await asked((port) => (request, response) => {
    paths.push(`${request.headers.host ?? ''}${request.url ?? ''} ${request.headers.accept ?? ''}`)
    return (paths.length === 1 ? moved(`https://registry.far.test:${port}/v1/domain/toko.co.id`) : rdap(REGISTERED))(request, response)
  })
  assert.deepEqual(told, { kind: 'told', domain: 'toko.co.id', atMs: Date.parse('2026-11-20T08:00:00Z') })
  assert.deepEqual(paths, ['rdap.far.test/domain/toko.co.id application/rdap+json', 'registry.far.test/v1/domain/toko.co.id application/rdap+json'])
})

test('no server at an address of a private network is asked, whoever leads there, and none without TLS', async () => {
  let asks = 0
  const counted = (): RequestListener => (request, response) => {
    asks++
    rdap(REGISTERED)(request, response)
  }
  assert.match(why(await asked(counted, { allowed: [] })), /leads to no address of the Internet/)
  assert.match(why(await asked(counted, { base: 'http://rdap.far.test' })), /https/)
  assert.equal(asks, 0)
  assert.match(why(await asked(() => moved('https://10.0.0.1/domain/x'))), /10\.0\.0\.1 is no address of the Internet/)
  assert.match(why(await asked(() => moved('http://registry.far.test/'))), /https/)
})

test('what does not answer as a registry does is unknown, and says why', async () => {
  assert.match(why(await asked((port) => moved(`https://rdap.far.test:${port}/again`))), /from server to server/)
  assert.match(why(await asked(() => (_, response) => void response.writeHead(404).end())), /rdap\.far\.test: it answered 404/)
  assert.match(why(await asked(() => rdap('x'.repeat(300_000)))), /more than 262144 octets/)
  assert.match(why(await asked(() => rdap('<html>'))), /does not tell/)
  assert.match(why(await asked(() => rdap(REGISTERED), { name: '127.0.0.1' })), /no domain that can be registered/)
})

test('only the event of the registration counts, and only a time of RFC 3339', () => {
  const read = (body: unknown): number | null => readRegistration(Buffer.from(JSON.stringify(body)))
  assert.equal(read(REGISTERED), Date.parse('2026-11-20T08:00:00Z'))
  for (const eventDate of ['2026-11-20', 'yesterday', 5, null, `2026-11-20T${'0'.repeat(30)}Z`]) assert.equal(read({ events: [{ eventAction: 'registration', eventDate }] }), null)
  for (const body of [null, [], 'x', { events: 'x' }, { events: [null, 3] }, {}]) assert.equal(read(body), null)
})

test('whatever a server sends is read without an error', () => {
  const event = fc.oneof(fc.record({ eventAction: fc.constantFrom('registration', 'x'), eventDate: fc.oneof(fc.string(), fc.constant('2026-11-20T08:00:00Z')) }), fc.anything())
  fc.assert(fc.property(fc.oneof(fc.uint8Array(), fc.array(event).map((events) => Buffer.from(JSON.stringify({ events }) ?? '')), fc.json().map((text) => Buffer.from(text))), (bytes) => {
    const atMs = readRegistration(bytes)
    assert.ok(atMs === null || Number.isFinite(atMs))
  }))
})
