import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { connect, type ConnectionOptions } from 'node:tls'
import { silentLog } from '../../base/log.ts'
import { readClientHello } from '../../proto/tls/client-hello.ts'
import { makeCertificate } from '../../../test/support/certificate.ts'
import { secure } from '../net/handshake.ts'
import { oneProtocol, TlsContexts } from '../net/tls.ts'
import type { Look } from './divert.ts'
import { listenHttp, type HttpListener } from './server.ts'

const [ours, answer] = await Promise.all([makeCertificate(['mx.test']), makeCertificate(['challenge.test'])])

/** Takes connections that speak `odd/1` and shows them the other certificate. */
const look: Look = (bytes) => {
  const step = readClientHello(bytes)
  if (step.kind === 'more') return step
  if (step.kind === 'none' || !step.hello.protocols.includes('odd/1')) return { kind: 'usual' }
  return {
    kind: 'taken',
    async serve(socket) {
      const secured = await secure(socket, oneProtocol(answer, 'odd/1'), 60_000)
      if (secured.ok) secured.value.end()
    },
  }
}

async function start(): Promise<HttpListener> {
  const tls = new TlsContexts(randomBytes(48))
  assert.ok(tls.setCertificates([ours]).ok)
  return await listenHttp({ address: '127.0.0.1', port: 0, tls, routes: new Map([['GET /', () => ({ status: 200 })]]), isOurHost: () => true, log: silentLog, look })
}

/** Who answers at a listener, and the protocol agreed on. */
async function shown(port: number, options: ConnectionOptions): Promise<readonly [string, string | false | null]> {
  const client = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
  client.on('error', () => {})
  await once(client, 'secureConnect')
  const found = [String(client.getPeerCertificate().subject.CN), client.alpnProtocol] as const
  client.destroy()
  return found
}

test('a connection that asks for another protocol is served by another certificate, and all others as ever', async () => {
  const listener = await start()
  assert.deepEqual(await shown(listener.port, { ALPNProtocols: ['odd/1'] }), ['challenge.test', 'odd/1'])
  assert.deepEqual(await shown(listener.port, { ALPNProtocols: ['http/1.1'] }), ['mx.test', 'http/1.1'])
  const asked = request({ host: '127.0.0.1', port: listener.port, rejectUnauthorized: false, agent: false }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  assert.equal(response.statusCode, 200)
  response.resume()
  await listener.close(60_000)
})

test('a hello that comes octet by octet is put together', async () => {
  const listener = await start()
  const raw = connectPlain(listener.port, '127.0.0.1')
  await once(raw, 'connect')
  raw.setNoDelay(true)
  const write = async (bytes: Uint8Array): Promise<void> => {
    for (const octet of bytes) await new Promise<void>((resolve) => raw.write(Uint8Array.of(octet), () => resolve()))
  }
  const slow = new Duplex({ read() {}, write: (bytes: Uint8Array, _, done) => void write(bytes).then(() => done(), done) })
  raw.on('data', (bytes) => slow.push(bytes)).on('error', () => {})
  const client = connect({ socket: slow, rejectUnauthorized: false, ALPNProtocols: ['odd/1'] })
  client.on('error', () => {})
  await once(client, 'secureConnect')
  assert.equal(client.getPeerCertificate().subject.CN, 'challenge.test')
  client.destroy()
  raw.destroy()
  await listener.close(60_000)
})

test('what is no TLS is left to the server, and closing does not wait for who says nothing', async () => {
  const listener = await start()
  const garbled = connectPlain(listener.port, '127.0.0.1')
  garbled.on('error', () => {})
  garbled.write('GET / HTTP/1.1\r\n\r\n')
  await once(garbled, 'close')
  const silent = connectPlain(listener.port, '127.0.0.1')
  silent.on('error', () => {})
  await once(silent, 'connect')
  const gone = once(silent, 'close')
  await shown(listener.port, {}) // By now the silent one has been accepted.
  await listener.close(60_000)
  await gone
})
