import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readTags, sinceTag, tagOf } from './etag.ts'

const THING = { id: 'r-1', targets: ['ani@home.example'], plan: { allowed: 5, used: 1 }, last_used_at: null }

test('a tag names the fields that have changed since, and what only we observe is no change', () => {
  const tag = tagOf(THING)
  assert.equal(tag, tagOf(Object.fromEntries(Object.entries(THING).toReversed())))
  assert.deepEqual(sinceTag(tag, THING), { kind: 'same' })
  const used = { ...THING, plan: { allowed: 5, used: 2 }, last_used_at: '2030-01-01T00:00:00Z' }
  assert.notEqual(tagOf(used), tag)
  assert.deepEqual(sinceTag(tag, used), { kind: 'same' })
  assert.deepEqual(sinceTag(tag, { ...used, targets: [], plan: { allowed: 6, used: 2 } }), { kind: 'changed', fields: ['plan', 'targets'] })
  for (const other of ['"x"', '"', '', `"${'x'.repeat(22)}."`, `W/${tag}`]) assert.deepEqual(sinceTag(other, THING), { kind: 'changed', fields: [] }, other)
})

test('tags are read as RFC 9110 writes them', () => {
  assert.deepEqual(readTags(' * '), '*')
  assert.deepEqual(readTags('"a", W/"b" ,"c,d"'), ['"a"', 'W/"b"', '"c,d"'])
  for (const wrong of ['', 'a', '"a" "b"', '"a', '*, "a"', '"a",,"b"x']) assert.equal(readTags(wrong), null, wrong)
})

test('every value has a tag that stands in a header, is its own, and differs from that of every other', () => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
    const tag = tagOf(one)
    assert.match(tag, /^"[\w.-]+"$/)
    assert.deepEqual(readTags(tag), [tag])
    assert.deepEqual(sinceTag(tag, structuredClone(one)), { kind: 'same' })
    if (JSON.stringify(one) !== JSON.stringify(other)) assert.ok(tagOf(other) !== tag || isReordered(one, other))
  }), { numRuns: 50 })
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readTags(text)), { numRuns: 50 })
})

/** Fields in another order are the same thing; so are 0 and -0. */
function isReordered(one: unknown, other: unknown): boolean {
  assert.deepEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)))
  return true
}
