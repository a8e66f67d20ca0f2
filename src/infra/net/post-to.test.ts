import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createPlain, type RequestListener } from 'node:http'
import { createServer as createSecure } from 'node:https'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import { before, test } from 'node:test'
import { makeCertificate, type TestCertificate } from '../../../test/support/certificate.ts'
import { type PostedTo, postTo, type PostToOptions } from './post-to.ts'

const HOST = 'hooks.far.test'
const { signal } = new AbortController()

let certificate: TestCertificate
before(async () => {
  certificate = await makeCertificate([HOST])
})

/** What comes of posting to a server that answers so. */
async function posted(answer: RequestListener, { host = HOST, scheme = 'http', ...options }: Partial<PostToOptions> & { readonly host?: string; readonly scheme?: 'http' | 'https' } = {}): Promise<PostedTo> {
  const server = scheme === 'http' ? createPlain(answer) : createSecure({ cert: certificate.cert, key: certificate.key }, answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const usual = { url: new URL(`${scheme}://${host}:${port}/in?a=1`), addresses: ['127.0.0.1'], headers: { 'content-type': 'application/json' }, body: '{"é":1}', maxBytes: 100, withinMs: 60_000 }
    return await postTo({ ...usual, ...options }, signal)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const answering = (status: number, body = '', headers: Readonly<Record<string, string>> = {}): RequestListener => (request, response) => {
  request.resume()
  response.writeHead(status, headers)
  response.end(body)
}

test('the body arrives whole, with its headers, under the name of the host', async () => {
  let told: readonly unknown[] = []
  const got = await posted((request, response) => {
    const pieces: Uint8Array[] = []
    request.on('data', (piece: Uint8Array) => pieces.push(piece)).on('end', () => {
      told = [request.method, request.url, request.headers.host?.replace(/:\d+$/, ''), request.headers['content-type'], Buffer.concat(pieces).toString()]
      answering(201, 'thanks')(request, response)
    })
  })
  assert.deepEqual(told, ['POST', '/in?a=1', HOST, 'application/json', '{"é":1}'])
  assert.deepEqual(got.kind === 'answered' && [got.status, Buffer.from(got.bytes).toString(), got.retryAfter], [201, 'thanks', null])
})

test('whatever the status is, it is the answer, and a redirect is not followed', async () => {
  let asked = 0
  for (const status of [200, 302, 307, 410, 503]) {
    const got = await posted((request, response) => {
      asked += 1
      answering(status, '', { location: '/elsewhere', 'retry-after': '7' })(request, response)
    })
    assert.deepEqual(got.kind === 'answered' && [got.status, got.retryAfter], [status, '7'])
  }
  assert.equal(asked, 5)
})

test('of a long answer the beginning is kept, and of one that breaks off what came', async () => {
  const long = await posted(answering(200, 'a'.repeat(1_000_000)))
  assert.equal(long.kind === 'answered' && long.bytes.length, 100)
  const broken = await posted((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-length': '50' })
    response.write('half', () => response.destroy())
  })
  assert.equal(broken.kind === 'answered' && Buffer.from(broken.bytes).toString(), 'half')
})

test('over TLS the certificate must name the host', async () => {
  const never: RequestListener = () => assert.fail('asked')
  const trusted = await posted(answering(204), { scheme: 'https', roots: [certificate.cert] })
  assert.equal(trusted.kind === 'answered' && trusted.status, 204)
  const other = await posted(never, { scheme: 'https', host: 'other.far.test', roots: [certificate.cert] })
  assert.match(other.kind === 'failed' ? other.why : '', /altnames|does not match/i)
  const unknown = await posted(never, { scheme: 'https' })
  assert.match(unknown.kind === 'failed' ? unknown.why : '', /self.signed|certificate/i)
})

test('an address after one that is closed is tried, and without any there is nothing', async () => {
  assert.equal((await posted(answering(200), { addresses: ['127.0.0.99', '127.0.0.1'] })).kind, 'answered')
  const none = await posted(answering(200), { addresses: [] })
  assert.match(none.kind === 'failed' ? none.why : '', /no address/)
})

test('a server that has been told and says nothing is not told again at another address', async () => {
  let connections = 0
  const server = createTcp((socket) => {
    connections += 1
    socket.on('error', () => {})
    socket.once('data', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const got = await postTo({ url: new URL(`http://${HOST}:${port}/`), addresses: ['127.0.0.1', '127.0.0.1'], headers: {}, body: '{}', maxBytes: 10, withinMs: 60_000 }, signal)
    assert.deepEqual([got.kind, connections], ['failed', 1])
  } finally {
    server.close()
  }
})

test('who never answers is given up when the time is over', async () => {
  const got = await posted(() => {}, { withinMs: 50 })
  assert.deepEqual(got, { kind: 'failed', why: 'no answer within 50 ms' })
})
