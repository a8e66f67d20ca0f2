import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeSkips, encodeSkips, makeView, readView, slicesOf } from './view.ts'

/** Random received bytes, prefix and skips, and what a client must see of them. */
const scene = fc
  .record({
    prefix: fc.uint8Array({ maxLength: 20 }),
    bytes: fc.uint8Array({ maxLength: 60 }),
    cuts: fc.array(fc.tuple(fc.nat(70), fc.nat(20)), { maxLength: 5 }),
  })
  .map(({ prefix, bytes, cuts }) => {
    const skips = cuts.map(([start, length]) => ({ start, end: start + length }))
    const kept = bytes.filter((_, at) => !skips.some((skip) => skip.start <= at && at < skip.end))
    return { prefix, bytes, skips, seen: Buffer.concat([prefix, kept]) }
  })

describe('views', () => {
  test('show the prefix, then the bytes that are not left out', () => {
    const view = makeView(3, [{ start: 2, end: 4 }], 8)
    assert.equal(view.size, 9)
    assert.deepEqual(
      slicesOf(view, 1, 8), [{ of: 'prefix', start: 1, end: 3 }, { of: 'bytes', start: 0, end: 2 }, { of: 'bytes', start: 4, end: 7 }],
    )
    assert.equal(Buffer.from(readView(view, Buffer.from('abc'), Buffer.from('01234567'))).toString(), 'abc014567')
  })

  test('give for any range exactly the bytes a client sees there', () => {
    fc.assert(
      fc.property(scene, fc.nat(90), fc.nat(90), ({ prefix, bytes, skips, seen }, start, end) => {
        const view = makeView(prefix.length, skips, bytes.length)
        assert.equal(view.size, seen.length)
        assert.deepEqual(Buffer.from(readView(view, prefix, bytes)), seen)
        assert.deepEqual(Buffer.from(readView(view, prefix, bytes, start, end)), seen.subarray(start, Math.max(start, end)))
        for (const slice of slicesOf(view, start, end)) assert.ok(
          slice.start < slice.end && slice.end <= (slice.of === 'prefix' ? prefix : bytes).length,
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('skips survive the row', () => {
    fc.assert(
      fc.property(scene, ({ skips, bytes }) => {
        const clean = makeView(0, skips, bytes.length).skips
        assert.deepEqual(decodeSkips(encodeSkips(clean)), clean)
      }),
    )
    assert.throws(() => decodeSkips('1,2;x'), /damaged skips/)
  })
})
