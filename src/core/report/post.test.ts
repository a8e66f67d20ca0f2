import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import { FIRST_RETRY_MS } from './limits.ts'
import { type Post, ReportPosts } from './post.ts'

const { signal } = new AbortController()
const BODY = new Uint8Array([1, 2])

function posts(answer: () => Awaited<ReturnType<Post>>, addresses: readonly string[] = ['192.0.3.1']) {
  const world = { nowMs: 0, posted: [] as Parameters<Post>[0][] }
  const options = {
    post: async (asked: Parameters<Post>[0]) => (world.posted.push(asked), answer()),
    ask: async (name: string, family: 4 | 6) => (family === 4 ? { kind: 'found', records: addresses, name, aliases: [], authentic: false, ttlMs: 0, stale: false } as const : { kind: 'none', why: 'nodata', name, aliases: [], authentic: false, ttlMs: 0 } as const),
    rules: { allowed: new BlockList(), plain: 'refused' } as const,
    clock: { nowMs: () => world.nowMs },
    log: silentLog,
  }
  const all = new ReportPosts(options)
  return { world, send: (url = 'https://laporan.example/tls') => all.send(new URL(url), '2026-01-01 toko.example', BODY, signal) }
}

test('a report is posted as what it is, to addresses of the Internet only', async () => {
  const { world, send } = posts(() => ({ kind: 'answered', status: 201 }))
  assert.equal(await send(), 'sent')
  assert.deepEqual([world.posted[0]?.headers['content-type'], world.posted[0]?.body, world.posted[0]?.addresses], ['application/tlsrpt+gzip', BODY, ['192.0.3.1']])
  for (const url of ['http://laporan.example/', 'https://127.0.0.1/', 'https://localhost/', 'https://laporan.example:25/']) assert.equal(await send(url), 'refused', url)
  const inside = posts(() => ({ kind: 'answered', status: 200 }), ['10.0.0.1', '127.0.0.1'])
  assert.equal(await inside.send(), 'later')
  assert.equal(inside.world.posted.length, 0)
})

test('what is not taken is posted again, after a wait that doubles', async () => {
  let status = 503
  const { world, send } = posts(() => ({ kind: 'answered', status }))
  const tries: number[] = []
  for (; world.nowMs < 20 * FIRST_RETRY_MS; world.nowMs += FIRST_RETRY_MS / 5) {
    const before = world.posted.length
    assert.equal(await send(), 'later')
    if (world.posted.length > before) tries.push(world.nowMs / FIRST_RETRY_MS)
  }
  assert.deepEqual(tries, [0, 1, 3, 7, 15])
  world.nowMs = 31 * FIRST_RETRY_MS
  status = 200
  assert.equal(await send(), 'sent')
})
