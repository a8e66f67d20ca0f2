import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeptFor } from './kept-for.ts'

test('an answer is asked for once in its time, by all who want it together, and one that failed is asked for again', async () => {
  const clock = { ms: 1_000, nowMs: () => clock.ms }
  const kept = new KeptFor<string, number>({ clock, ms: 100, most: 2 })
  let asked = 0
  const ask = async (): Promise<number> => ++asked
  assert.deepEqual(await Promise.all([kept.of('a', ask), kept.of('a', ask)]), [1, 1])
  clock.ms += 99
  assert.equal(await kept.of('a', ask), 1)
  clock.ms += 1
  assert.equal(await kept.of('a', ask), 2)
  const fail = async (): Promise<number> => await Promise.reject(new Error('silent'))
  const both = await Promise.allSettled([kept.of('b', fail), kept.of('b', fail)])
  assert.deepEqual(both.map(({ status }) => status), ['rejected', 'rejected'])
  assert.equal(await kept.of('b', ask), 3)
  assert.deepEqual([await kept.of('c', ask), await kept.of('a', ask)], [4, 5]) // There was no room for three.
})
