import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { silentLog } from '../../base/log.ts'
import { makeCertificate } from '../../../test/support/certificate.ts'
import { socketPair } from '../../../test/support/sockets.ts'
import { TlsContexts } from './tls.ts'
import { SocketWire } from './wire.ts'

const peer = { address: '127.0.0.1', port: 1, localAddress: '127.0.0.1', localPort: 993 }
const [one, two, wild] = await Promise.all([makeCertificate(['one.test']), makeCertificate(['two.test']), makeCertificate(['*.wild.test'])])

interface Visit {
  readonly commonName: string
  readonly reused: boolean
  readonly session: Buffer
}

/** Connects once; the ticket of TLS 1.3 comes after the handshake, so a line is exchanged too. */
async function visit(contexts: TlsContexts, options: ConnectionOptions): Promise<Visit | null> {
  const { server, client: raw } = await socketPair()
  const client: TLSSocket = connectTls({ socket: raw, rejectUnauthorized: false, ...options })
  let session: Buffer = Buffer.alloc(0)
  client.on('session', (ticket: Buffer) => {
    session = ticket
  })
  client.on('error', () => {})
  const wire = await SocketWire.tls(server, { peer, tls: contexts, log: silentLog }, 10_000)
  if (wire === null) return null
  wire.write('* OK\r\n')
  await wire.flush(10_000, new AbortController().signal)
  await once(client, 'data')
  const found = { commonName: String(client.getPeerCertificate().subject?.CN), reused: client.isSessionReused(), session }
  client.destroy()
  wire.destroy()
  await wire.closed()
  return found
}

test('a certificate is chosen by exact name, then wildcard, then the first', async () => {
  const contexts = new TlsContexts(randomBytes(48))
  assert.equal(contexts.ready, false)
  assert.ok(contexts.setCertificates([one, two, wild]).ok)
  assert.equal(contexts.ready, true)
  const shown = async (servername: string): Promise<string | undefined> => (await visit(contexts, { servername }))?.commonName
  assert.equal(await shown('two.test'), 'two.test')
  assert.equal(await shown('TWO.test'), 'two.test')
  assert.equal(await shown('a.wild.test'), '*.wild.test')
  assert.equal(await shown('b.a.wild.test'), 'one.test')
  assert.equal(await shown('unknown.test'), 'one.test')
  assert.equal((await visit(contexts, {}))?.commonName, 'one.test')
})

test('new certificates serve the next connection', async () => {
  const contexts = new TlsContexts(randomBytes(48))
  assert.ok(contexts.setCertificates([one]).ok)
  assert.equal((await visit(contexts, {}))?.commonName, 'one.test')
  assert.ok(contexts.setCertificates([two]).ok)
  assert.equal((await visit(contexts, {}))?.commonName, 'two.test')
})

test('a certificate that does not fit its key is refused and the old ones stay', async () => {
  const contexts = new TlsContexts(randomBytes(48))
  assert.ok(contexts.setCertificates([one]).ok)
  const mixed = contexts.setCertificates([two, { cert: one.cert, key: two.key }])
  assert.equal(mixed.ok ? -1 : mixed.error.index, 1)
  const broken = contexts.setCertificates([{ cert: 'no PEM', key: two.key }])
  assert.equal(broken.ok, false)
  assert.equal((await visit(contexts, {}))?.commonName, 'one.test')
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a ${version} session begun on one worker resumes on another`, async () => {
    const keys = randomBytes(48)
    const [first, second] = [new TlsContexts(keys), new TlsContexts(keys)]
    for (const contexts of [first, second]) assert.ok(contexts.setCertificates([one, two]).ok)
    const options = { servername: 'two.test', maxVersion: version }
    const begun = await visit(first, options)
    assert.equal(begun?.reused, false)
    assert.equal((await visit(second, { ...options, session: begun?.session }))?.reused, true)
    second.setTicketKeys(randomBytes(48))
    assert.equal((await visit(second, { ...options, session: begun?.session }))?.reused, false)
  })
}

test('TLS 1.1 is refused', async () => {
  const contexts = new TlsContexts(randomBytes(48))
  assert.ok(contexts.setCertificates([one]).ok)
  assert.equal(await visit(contexts, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }), null)
})

test('a client that leaves in the middle of the handshake is noticed at once', async () => {
  const contexts = new TlsContexts(randomBytes(48))
  assert.ok(contexts.setCertificates([one]).ok)
  const { server, client } = await socketPair()
  const wire = SocketWire.tls(server, { peer, tls: contexts, log: silentLog }, 2 ** 31 - 1)
  client.resume().end(Buffer.from([22, 3, 1, 1, 0, 1])) // The first octets of a hello.
  assert.equal(await wire, null)
})
