import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_LARGE_BYTES } from '../limits.ts'
import type { HttpRequest } from '../server.ts'
import { newApi } from './api.ts'
import { apiHandler } from './handler.ts'
import { Problem, problemResponse } from './problem.ts'

const MOST = MAX_LARGE_BYTES / 2

function request(body: () => Promise<Uint8Array | null>, length = MOST): HttpRequest {
  return { method: 'POST', path: '/v1/large', query: new URLSearchParams(), headers: { 'content-length': String(length) }, address: '127.0.0.1', secure: false, body }
}

/** An API whose one route reads its large body. */
function handler() {
  const api = newApi()
  api.post('/v1/large', async ({ env }) => new Response(String((await env.large(MOST)).length)))
  api.onError((error) => problemResponse(error instanceof Problem ? error : new Problem(500, 'bug', String(error)), ''))
  return apiHandler({ load: async () => api, large: new Set(['/v1/large']) })
}

test('large bodies are held up to a limit, beyond which a client is asked to come back, and their room is given back', async () => {
  const handle = handler()
  const { promise: slow, resolve } = Promise.withResolvers<Uint8Array>()
  const signal = new AbortController().signal
  const held = [handle(request(() => slow), signal), handle(request(() => slow), signal)]
  await new Promise((done) => setImmediate(done)) // Both have begun to read.
  const refused = await handle(request(async () => new Uint8Array(1)), signal)
  assert.deepEqual([refused.status, refused.headers?.['retry-after']], [503, '1'])
  assert.equal((await handle(request(async () => new Uint8Array(3), 3), signal)).status, 200) // A small one takes no room.
  resolve(new Uint8Array(2))
  for (const each of held) assert.equal((await each).status, 200)
  assert.equal((await handle(request(async () => new Uint8Array(1)), signal)).status, 200)
})

test('a body that is too large is 413, and takes no room afterwards', async () => {
  const handle = handler()
  const signal = new AbortController().signal
  for (let count = 0; count < 4; count++) assert.equal((await handle(request(async () => null), signal)).status, 413)
})
