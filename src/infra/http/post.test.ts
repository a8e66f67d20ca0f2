import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { post, type Posted } from './post.ts'

async function* body(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece)
}

/** Posts to a server that answers as told. */
async function posted(answer: RequestListener, given: AsyncIterable<Uint8Array> = body('a', 'b'), signal = new AbortController().signal): Promise<Posted> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const to = { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port } as const
  try {
    return await post({ to, path: '/x', headers: { Rcpt: ['a@x', 'b@x'] }, body: given, maxBytes: 100, connectMs: 5_000 }, signal)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('a stream is posted with its fields, and the answer is read', async () => {
  const got = await posted((asked, answer) => {
    let text = ''
    asked.on('data', (piece: Buffer) => (text += piece.toString()))
    asked.on('end', () => answer.end(`${asked.method} ${asked.url} ${asked.headersDistinct['rcpt']?.join(' ')} ${text}`))
  })
  assert.equal(got.kind === 'answered' && Buffer.from(got.bytes).toString(), 'POST /x a@x b@x ab')
})

test('only an answer of 200 that is small enough counts', async () => {
  assert.deepEqual(await posted((_, answer) => answer.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()), { kind: 'failed', why: 'it answered 302' })
  assert.deepEqual(await posted((_, answer) => answer.end('x'.repeat(101))), { kind: 'failed', why: 'it sent more than 100 octets' })
  assert.equal((await posted((asked) => asked.socket.destroy())).kind, 'failed')
  assert.equal((await posted((_, answer) => void answer.write('x', () => answer.destroy()))).kind, 'failed')
})

test('a server that nobody runs, or that we stop asking, fails', async () => {
  assert.equal((await posted(() => {}, body('a'), AbortSignal.abort())).kind, 'failed')
  const stopping = new AbortController()
  assert.equal((await posted(() => stopping.abort(), body('a'), stopping.signal)).kind, 'failed')
  const nobody = { kind: 'unix', path: '/nonexistent/socket' } as const
  assert.equal((await post({ to: nobody, path: '/', headers: {}, body: body('a'), maxBytes: 1, connectMs: 1_000 }, new AbortController().signal)).kind, 'failed')
})

test('what the body throws is thrown', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a')
    throw new Error('the disk is gone')
  }
  await assert.rejects(posted((asked) => void asked.resume(), broken()), /the disk is gone/)
})
