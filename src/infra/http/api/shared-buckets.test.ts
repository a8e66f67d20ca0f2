import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { BURST_SECONDS, bucketMemory, SharedBuckets } from './shared-buckets.ts'

const NOW_MS = 1_800_000_000_000

const taken = (buckets: SharedBuckets, name: string, times: number, nowMs = NOW_MS): number => Array.from({ length: times }, () => buckets.take(name, 5, nowMs)).filter(({ kind }) => kind === 'taken').length

test('ten seconds of a rate may come at once, then as many as time brings, and it is told what is left', () => {
  const buckets = new SharedBuckets(bucketMemory())
  assert.deepEqual(buckets.take('toko', 5, NOW_MS), { kind: 'taken', allowed: 50, left: 49, fullInMs: 200, waitMs: 0 })
  assert.equal(taken(buckets, 'toko', 80), 49)
  assert.deepEqual(buckets.take('toko', 5, NOW_MS), { kind: 'refused', allowed: 50, left: 0, fullInMs: 10_000, waitMs: 200 })
  assert.equal(taken(buckets, 'toko', 80, NOW_MS + 199), 0)
  assert.equal(taken(buckets, 'toko', 80, NOW_MS + 1_000), 5)
  assert.equal(taken(buckets, 'toko', 80, NOW_MS + 60_000), 50)
  assert.equal(taken(buckets, 'kedai', 80), 50)
})

test('a clock that was set back holds nobody up for longer than a full bucket takes', () => {
  const buckets = new SharedBuckets(bucketMemory())
  taken(buckets, 'toko', 80)
  const backMs = NOW_MS - 3_600_000
  assert.equal(taken(buckets, 'toko', 1, backMs), 0)
  assert.equal(taken(buckets, 'toko', 80, backMs + BURST_SECONDS * 1_000), 50)
})

test('threads take from one bucket, and together no more than it holds', async () => {
  const memory = bucketMemory()
  const module = new URL('shared-buckets.ts', import.meta.url).href
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    import(${JSON.stringify(module)}).then(({ SharedBuckets }) => {
      const buckets = new SharedBuckets(workerData)
      buckets.take('sudah ada', 5, ${NOW_MS})
      let count = 0
      for (let at = 0; at < 20000; at++) if (buckets.take('toko', 1000, ${NOW_MS}).kind === 'taken') count++
      parentPort.postMessage(count)
    })`
  new SharedBuckets(memory).take('toko', 1_000, NOW_MS) // So that both find it in one place.
  const workers = [1, 2].map(() => new Worker(code, { eval: true, workerData: memory }))
  const counts = await Promise.all(workers.map(async (worker) => Number(((await once(worker, 'message')) as readonly unknown[])[0])))
  assert.equal(counts.reduce((sum, count) => sum + count, 0), 1_000 * BURST_SECONDS - 1)
})

test('so many names that there is no room for all are let through, and those that are there keep their count', () => {
  const buckets = new SharedBuckets(bucketMemory())
  assert.equal(taken(buckets, 'toko', 80), 50)
  for (let at = 0; at < 20_000; at++) assert.equal(buckets.take(`kedai ${at}`, 5, NOW_MS).kind, 'taken')
  assert.equal(taken(buckets, 'toko', 80), 0)
})
