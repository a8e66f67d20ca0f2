import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as plainRequest } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { type Log, silentLog } from '../../base/log.ts'
import { makeCertificate } from '../../../test/support/certificate.ts'
import { Ear } from '../../../test/support/sockets.ts'
import { ConnectionCaps } from '../net/caps.ts'
import { TlsContexts } from '../net/tls.ts'
import { MAX_BODY_BYTES } from './limits.ts'
import { listenHttp } from './server.ts'
import type { Handler, Routes } from './routes.ts'
import type { HttpListener, HttpOptions } from './server.ts'

const LONG_MS = 60_000

const routes: Routes = new Map<string, Handler>([
  ['GET /healthz', () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok\n' })],
  ['GET /echo', ({ query, address }) => ({ status: 200, body: `${query.get('q')} ${address}` })],
  ['GET /crash', () => Promise.reject(new Error('a bug'))],
  [
    'POST /size',
    async (request) => {
      const body = await request.body()
      return body === null ? { status: 413 } : { status: 200, body: String(body.length) }
    },
  ],
])

async function start(options: Partial<HttpOptions> = {}): Promise<HttpListener> {
  const isOurHost = (host: string): boolean => host.startsWith('127.0.0.1')
  return await listenHttp({ address: '127.0.0.1', port: 0, tls: null, routes, isOurHost, log: silentLog, ...options })
}

interface Got {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

async function ask(listener: HttpListener, path: string, options: RequestOptions & { readonly send?: Uint8Array } = {}): Promise<Got> {
  const request = plainRequest({ host: '127.0.0.1', port: listener.port, path, agent: false, ...options })
  request.end(options.send)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const chunks = await Array.fromAsync(response as AsyncIterable<Uint8Array>)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }
}

test('routes are answered, unknown ones refused, and a bug in one is a 500', async () => {
  const listener = await start()
  const health = await ask(listener, '/healthz')
  assert.deepEqual([health.status, health.body, health.headers['content-type']], [200, 'ok\n', 'text/plain'])
  const head = await ask(listener, '/healthz', { method: 'HEAD' })
  assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', '3'])
  assert.equal((await ask(listener, '/echo?q=a%20b')).body, 'a b 127.0.0.1')
  assert.equal((await ask(listener, '/nothing')).status, 404)
  const wrong = await ask(listener, '/healthz', { method: 'POST' })
  assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'GET'])
  assert.equal((await ask(listener, '/crash')).status, 500)
  assert.equal((await ask(listener, '/healthz')).status, 200)
  await listener.close(LONG_MS)
})

test('a request for another host is not answered', async () => {
  const listener = await start()
  assert.equal((await ask(listener, '/healthz', { headers: { host: 'evil.example' } })).status, 421)
  assert.equal((await ask(listener, 'http://evil.example/healthz')).status, 421)
  assert.equal((await ask(listener, 'http://127.0.0.1/echo?q=a', { headers: { host: 'evil.example' } })).body, 'a 127.0.0.1')
  assert.equal((await ask(listener, '/healthz', { headers: ['Host', '127.0.0.1', 'host', 'evil.example'] })).status, 400)
  await listener.close(LONG_MS)
})

test('bodies, announced or not, end at 1 MiB', async () => {
  const listener = await start()
  const send = async (bytes: number, headers: Record<string, string> = {}): Promise<Got> =>
    await ask(listener, '/size', { method: 'POST', send: Buffer.alloc(bytes), headers })
  assert.equal((await send(MAX_BODY_BYTES)).body, String(MAX_BODY_BYTES))
  assert.equal((await send(MAX_BODY_BYTES, { 'transfer-encoding': 'chunked' })).body, String(MAX_BODY_BYTES))
  assert.equal((await send(MAX_BODY_BYTES + 1, { 'transfer-encoding': 'chunked' })).status, 413)
  const socket = connect(listener.port, '127.0.0.1')
  const ear = new Ear(socket)
  socket.write(`POST /size HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n`)
  await once(socket, 'close')
  assert.match(ear.text, /^HTTP\/1\.1 413 /)
  await listener.close(LONG_MS)
})

test('a request that is no HTTP, or whose headers are too long, is refused and the connection closed', async () => {
  const listener = await start()
  for (const [sent, status] of [['EHLO me\r\n\r\n', '400 Bad Request'], [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '431 Request Header Fields Too Large']] as const) {
    const socket = connect(listener.port, '127.0.0.1')
    const ear = new Ear(socket)
    socket.write(sent)
    await once(socket, 'close')
    assert.equal(ear.text.split('\r\n', 1)[0], `HTTP/1.1 ${status}`)
  }
  await listener.close(LONG_MS)
})

test('one client has only so many connections, whatever they are for, and others still get in', async () => {
  const { promise: left, resolve: leave } = Promise.withResolvers<void>()
  class Caps extends ConnectionCaps {
    override leave(address: string): void {
      super.leave(address)
      if (address === '127.0.0.1') leave()
    }
  }
  const caps = new Caps({ total: 100, perClient: 2, exempt: (address) => address === '127.0.0.3' })
  const listener = await start({ caps })
  const greedy = await Promise.all([1, 2].map(() => opened(listener, '127.0.0.1')))
  const third = connect({ port: listener.port, host: '127.0.0.1', localAddress: '127.0.0.1' })
  third.on('error', () => {}) // Reset, where it was cut while it wrote.
  await once(third.resume(), 'close')
  assert.equal((await ask(listener, '/healthz', { localAddress: '127.0.0.2' })).status, 200)
  await Promise.all([1, 2, 3].map(() => opened(listener, '127.0.0.3')))
  greedy[0]?.end()
  await left
  assert.equal((await ask(listener, '/healthz', { localAddress: '127.0.0.1' })).status, 200)
  await listener.close(0)
})

/** A connection that was let in: it has had an answer, and stays. */
async function opened({ port }: HttpListener, localAddress: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  const ear = new Ear(socket)
  socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  await ear.until((text) => text.startsWith('HTTP/1.1 200 '))
  return socket
}

test('closing waits for a request that is being answered, and tells its handler', async () => {
  let begin = (): void => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const slow: Routes = new Map<string, Handler>([
    [
      'GET /slow',
      async (_request, signal) => {
        begin()
        await once(signal, 'abort')
        return { status: 200, body: 'finished' }
      },
    ],
  ])
  const listener = await start({ routes: slow })
  const answer = ask(listener, '/slow')
  await begun
  await listener.close(LONG_MS)
  const { body, headers } = await answer
  assert.deepEqual([body, headers.connection], ['finished', 'close'])
})

const sharesPort = process.platform === 'linux' // Elsewhere there is one worker, and nothing to share.
if (sharesPort) test('two workers share a port', async () => {
  const first = await start()
  const second = await start({ port: first.port })
  for (let i = 0; i < 10; i++) assert.equal((await ask(first, '/healthz')).status, 200)
  await Promise.all([first.close(LONG_MS), second.close(LONG_MS)])
})

test('HTTPS shows the certificate of the name that was asked for, and a new one after a change', async () => {
  const tls = new TlsContexts(randomBytes(48))
  const [one, two, three] = await Promise.all([makeCertificate(['one.test']), makeCertificate(['two.test']), makeCertificate(['three.test'])])
  assert.ok(tls.setCertificates([one, two]).ok)
  const listener = await start({ tls })
  const shown = async (servername: string): Promise<string> => {
    const request = tlsRequest({ host: '127.0.0.1', port: listener.port, path: '/healthz', servername, rejectUnauthorized: false, agent: false })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const name = (response.socket as TLSSocket).getPeerCertificate().subject.CN
    response.resume()
    assert.equal(response.statusCode, 200)
    return String(name)
  }
  assert.equal(await shown('two.test'), 'two.test')
  assert.equal(await shown(''), 'one.test')
  assert.ok(tls.setCertificates([three]).ok)
  assert.equal(await shown(''), 'three.test')
  await listener.close(LONG_MS)
})

test('the log of a bug does not tell what opens something, and a client is whom a proxy of ours names', async () => {
  const logged: string[] = []
  const log: Log = { ...silentLog, error: (_event, fields) => void logged.push(String(fields?.['path'])) }
  const seen: Routes = new Map<string, Handler>([['/link', () => { throw new Error('bug') }], ['GET /who', ({ address }) => ({ status: 200, body: address })]])
  const listener = await start({ routes: seen, log, isProxy: (address) => address === '127.0.0.1' })
  assert.equal((await ask(listener, `/link/${'x'.repeat(43)}`)).status, 500)
  assert.deepEqual(logged, ['/link/...'])
  assert.equal((await ask(listener, '/who', { headers: { 'x-forwarded-for': '203.0.113.9, 198.51.100.1' } })).body, '198.51.100.1')
  await listener.close(0)
})
