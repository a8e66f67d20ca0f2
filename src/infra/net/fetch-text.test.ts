import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createSilent, type Socket } from 'node:net'
import { before, test } from 'node:test'
import { makeCertificate, type TestCertificate } from '../../../test/support/certificate.ts'
import { type FetchedText, type FetchOptions, fetchText } from './fetch-text.ts'

const HOST = 'mta-sts.far.test'

let certificate: TestCertificate
before(async () => {
  certificate = await makeCertificate([HOST])
})

/** What comes of fetching from a server that answers so. */
async function fetched(answer: RequestListener, options: Partial<FetchOptions> = {}): Promise<FetchedText> {
  const server = createServer({ cert: certificate.cert, key: certificate.key }, answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const usual = { host: HOST, path: '/x', port, addresses: ['127.0.0.1'], roots: [certificate.cert], maxBytes: 100, withinMs: 60_000 }
    return await fetchText({ ...usual, ...options }, AbortSignal.any([]))
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const text = (size: number, type = 'text/plain; charset=utf-8', status = 200): RequestListener => (_, response) => {
  response.writeHead(status, { 'content-type': type, location: '/y' })
  response.end('a'.repeat(size))
}

const why = async (answer: RequestListener, options?: Partial<FetchOptions>): Promise<string> => {
  const got = await fetched(answer, options)
  return got.kind === 'failed' ? got.why : 'fetched'
}

test('a text is fetched by the name of its host', async () => {
  let asked = ''
  const got = await fetched((request, response) => {
    asked = `${request.headers.host} ${request.url}`
    text(100)(request, response)
  })
  assert.equal(got.kind === 'fetched' && got.bytes.length, 100)
  assert.equal(asked, `${HOST} /x`)
})

test('only 200 with plain text counts, and a redirect is not followed', async () => {
  for (const status of [301, 302, 404, 500, 204]) assert.equal(await why(text(1, 'text/plain', status)), `it answered ${status}`)
  assert.match(await why(text(1, 'text/html')), /text\/html/)
  assert.equal(await why(text(1, 'application/xml; charset=utf-8'), { type: 'application/xml' }), 'fetched')
  const moved = await fetched(text(1, 'text/plain', 405))
  assert.equal(moved.kind === 'failed' && moved.status, 405)
})

test('more than what may come is not taken', async () => {
  assert.match(await why(text(101)), /more than 100 octets/)
})

test('a certificate with another name, or from nobody who is trusted, gets no question', async () => {
  const never: RequestListener = () => assert.fail('asked')
  assert.match(await why(never, { host: 'mta-sts.other.test' }), /altnames|does not match/i)
  assert.match(await why(never, { roots: [] }), /self.signed|certificate/i)
})

test('an address after one that is closed is tried, and without any there is nothing', async () => {
  assert.equal(await why(text(1), { addresses: ['127.0.0.99', '127.0.0.1'] }), 'fetched')
  assert.match(await why(text(1), { addresses: [] }), /no address/)
})

test('an address that connects and says nothing leaves time to the next', async () => {
  const held = new Set<Socket>()
  const silent = createSilent((socket) => void held.add(socket.on('error', () => {})))
  const answering = createServer({ cert: certificate.cert, key: certificate.key }, text(10))
  try {
    silent.listen(0, '127.0.0.2')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    answering.listen(port, '127.0.0.1')
    await once(answering, 'listening')
    const got = await fetchText({ host: HOST, path: '/x', port, addresses: ['127.0.0.2', '127.0.0.1'], roots: [certificate.cert], maxBytes: 100, withinMs: 6_000 }, new AbortController().signal)
    assert.equal(got.kind, 'fetched')
    assert.equal(held.size, 1)
  } finally {
    for (const socket of held) socket.destroy()
    silent.close()
    answering.closeAllConnections()
    answering.close()
  }
})
