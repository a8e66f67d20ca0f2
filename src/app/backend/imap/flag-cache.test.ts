import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { rangesOf } from '../../../proto/imap/uid-set.ts'
import { FlagCache, pickRows } from './flag-cache.ts'

const row = (uid: number) => ({ uid, flags: 0, keywords: [], modseq: 1 })

test('rows are picked as a filter picks them', () => {
  const uids = fc.uniqueArray(fc.integer({ min: 1, max: 100 })).map((list) => list.sort((a, b) => a - b))
  fc.assert(
    fc.property(uids, uids, (have, want) => {
      const picked = pickRows(have.map(row), rangesOf(want)).map(({ uid }) => uid)
      assert.deepEqual(picked, have.filter((uid) => want.includes(uid)))
    }),
  )
})

test('flags are given for the modseq they were kept at, and the least recently used go first', () => {
  const cache = new FlagCache()
  const many = Array.from({ length: 40_000 }, (_, i) => row(i + 1))
  cache.put('a', 1, many)
  cache.put('b', 1, many)
  assert.equal(cache.get('a', 2), null)
  assert.equal(cache.get('a', 1), many)
  cache.put('c', 1, many)
  assert.equal(cache.get('b', 1), null)
  assert.equal(cache.get('a', 1), many)
  cache.put('a', 2, many.slice(1))
  assert.equal(cache.get('a', 1), null)
})
