import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../../base/log.ts'
import { MAX_LARGE_BYTES } from '../limits.ts'
import { ClientLeft, type HttpRequest } from '../request.ts'
import { type ApiOptions, newApi } from './api.ts'
import type { Caller } from './caller.ts'
import { directHandler } from './direct.ts'
import { apiHandler } from './handler.ts'
import { Problem } from './problem.ts'

const MOST = MAX_LARGE_BYTES / 2

function request(body: () => Promise<Uint8Array | null>, length = MOST, authorization = 'Bearer sk_send'): HttpRequest {
  return { method: 'POST', path: '/v1/large', query: new URLSearchParams(), headers: { 'content-length': String(length), authorization, 'request-id': 'mine' }, address: '127.0.0.1', secure: false, body }
}

const SENDER: Caller = { organization: 'o', actor: { kind: 'key', id: 'k' }, key: 'k', session: null, mode: 'live', scopes: ['send'], domains: null, streams: null, networks: null, expiresMs: null, caps: { messagesPerHour: null, messagesPerDay: null } }
const KEYS: Readonly<Record<string, Caller>> = { sk_send: SENDER, sk_read: { ...SENDER, scopes: ['read'] }, sk_other: { ...SENDER, organization: 'p' }, sk_third: { ...SENDER, organization: 'q' } }

/** An API whose one route reads its large body. */
function handler(answered: ApiOptions['answered'] = () => {}) {
  const options = { authenticate: async (key: string | null) => KEYS[key ?? ''] ?? null, session: async () => null, open: new Set<string>(), newId: () => 'ours', log: silentLog, watch: async () => null, alone: async () => null, repeats: { exact: () => true, begin: async () => ({ kind: 'begun' as const }), end: async () => {} }, notHere: () => null, rate: () => ({ 'ratelimit-remaining': '7' }), answered }
  const large = directHandler(options, {
    scope: 'send',
    takes: 'application/json',
    async handle(asked) {
      const { length } = await asked.large(MOST)
      if (length === 13) throw new Error('a bug')
      if (length === 14) throw new Problem(409, 'conflict', 'no')
      return { status: 200, body: String(length) }
    },
  })
  return apiHandler({ load: async () => ({ api: newApi(), pathMeant: (path) => path, direct: new Map([['/v1/large', large]]) }) })
}

test('large bodies are held up to a limit, beyond which a client is asked to come back, and their room is given back', async () => {
  const handle = handler()
  const { promise: slow, resolve } = Promise.withResolvers<Uint8Array>()
  const signal = new AbortController().signal
  const held = [handle(request(() => slow), signal), handle(request(() => slow, MOST, 'Bearer sk_other'), signal)]
  await new Promise((done) => setImmediate(done)) // Both have begun to read.
  const refused = await handle(request(async () => new Uint8Array(1), MOST, 'Bearer sk_third'), signal)
  assert.deepEqual([refused.status, refused.headers?.['retry-after']], [503, '1'])
  assert.equal((await handle(request(async () => new Uint8Array(3), 3), signal)).status, 200) // A small one takes no room.
  resolve(new Uint8Array(2))
  for (const each of held) assert.equal((await each).status, 200)
  assert.equal((await handle(request(async () => new Uint8Array(1)), signal)).status, 200)
})

test('an organization whose large bodies take long leaves room for those of others', async () => {
  const handle = handler()
  const { promise: slow, resolve } = Promise.withResolvers<Uint8Array>()
  const signal = new AbortController().signal
  const held = handle(request(() => slow), signal)
  await new Promise((done) => setImmediate(done)) // It has begun to read.
  assert.equal((await handle(request(async () => new Uint8Array(1)), signal)).status, 503)
  assert.equal((await handle(request(async () => new Uint8Array(1), 3), signal)).status, 200)
  assert.equal((await handle(request(async () => new Uint8Array(1), MOST, 'Bearer sk_other'), signal)).status, 200)
  resolve(new Uint8Array(2))
  assert.equal((await held).status, 200)
  assert.equal((await handle(request(async () => new Uint8Array(1)), signal)).status, 200)
})

test('a body that is too large is 413, and takes no room afterwards', async () => {
  const handle = handler()
  const signal = new AbortController().signal
  for (let count = 0; count < 4; count++) assert.equal((await handle(request(async () => null), signal)).status, 413)
})

test('what is served without the framework asks for the key and its scope before it reads, and answers problems as everywhere', async () => {
  const seen: string[] = []
  const handle = handler(({ method, route, status, requestId }) => seen.push(`${method} ${route} ${status} ${requestId}`))
  const signal = new AbortController().signal
  const unread = () => Promise.reject(new Error('it was read'))
  const answers = [
    await handle(request(unread, 1, ''), signal),
    await handle(request(unread, 1, 'Bearer sk_gone'), signal),
    await handle(request(unread, 1, 'Bearer sk_read'), signal),
    await handle(request(async () => new Uint8Array(13), 13), signal),
    await handle(request(async () => new Uint8Array(14), 14), signal),
    await handle(request(async () => new Uint8Array(2), 2), signal),
    await handle(request(() => Promise.reject(new ClientLeft()), 3), signal),
  ]
  assert.deepEqual(answers.map(({ status }) => status), [401, 401, 403, 500, 409, 200, 400])
  assert.deepEqual(seen, answers.map(({ status }) => `POST /v1/large ${status} mine`))
  for (const { headers } of answers) assert.equal(headers?.['request-id'], 'mine')
  assert.equal((JSON.parse(String(answers[3]?.body)) as { readonly code: string }).code, 'internal_error')
})
