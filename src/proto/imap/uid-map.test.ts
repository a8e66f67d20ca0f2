import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { intersect, pickSeqs, pickUids, seqOf, uidAt, uidMap, without, withAdded } from './uid-map.ts'
import { countOf, formatNumbers, formatRanges, numbersOf, parseSequenceSet, pieces, rangesOf, type SequenceSet, STAR } from './uid-set.ts'

const uids = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 80 }).map((list) => list.sort((a, b) => a - b))
const end = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 220 }) }, fc.constant(STAR))
const set: fc.Arbitrary<SequenceSet> = fc
  .array(fc.record({ a: end, b: end }), { minLength: 1, maxLength: 6 })
  .map((ranges) => ({ kind: 'ranges', ranges }))

test('a number map is the sorted list of its UIDs', () => {
  fc.assert(
    fc.property(uids, fc.integer({ min: 0, max: 220 }), (list, probe) => {
      const map = uidMap(list)
      assert.equal(map.size, list.length)
      assert.equal(seqOf(map, probe), list.indexOf(probe) + 1)
      assert.equal(uidAt(map, probe), list[probe - 1] ?? 0)
    }),
  )
})

test('taking UIDs out, adding them and intersecting give what they give on lists', () => {
  fc.assert(
    fc.property(uids, uids, (list, other) => {
      const map = uidMap(list)
      assert.deepEqual([...numbersOf(without(map, rangesOf(other)).runs)], list.filter((uid) => !other.includes(uid)))
      assert.deepEqual([...numbersOf(intersect(map, rangesOf(other)))], list.filter((uid) => other.includes(uid)))
      const later = other.map((uid) => uid + 200)
      assert.deepEqual(withAdded(map, later), uidMap([...list, ...later]))
    }),
  )
})

test('a set by UID names what a naive reading names, and a set by number does or is refused', () => {
  fc.assert(
    fc.property(uids, set, (list, wanted) => {
      assert.ok(wanted.kind === 'ranges')
      const covers = (value: number, star: number): boolean =>
        wanted.ranges.some(({ a, b }) => {
          const [x, y] = [a === STAR ? star : a, b === STAR ? star : b]
          return value >= Math.min(x, y) && value <= Math.max(x, y)
        })
      const map = uidMap(list)
      assert.deepEqual([...numbersOf(pickUids(map, wanted, []))], list.filter((uid) => covers(uid, list.at(-1) ?? 0)))
      const past = wanted.ranges.some(({ a, b }) => Math.max(a, b) > list.length)
      const found = pickSeqs(map, wanted, [])
      if (list.length > 0) assert.equal(found === null, past)
      if (found !== null) assert.deepEqual([...numbersOf(found)], list.filter((_, i) => covers(i + 1, list.length)))
    }),
  )
})

test('pieces of ranges are those ranges, each of at most the size', () => {
  fc.assert(
    fc.property(uids, fc.integer({ min: 1, max: 30 }), (list, size) => {
      const cut = [...pieces(rangesOf(list), size)]
      assert.deepEqual(cut.flatMap((piece) => [...numbersOf(piece)]), list)
      for (const piece of cut) assert.ok(countOf(piece) <= size)
    }),
  )
})

test('a sequence set is read as the grammar says, and anything else is refused', () => {
  assert.deepEqual(parseSequenceSet('2,4:7,9,12:*'), {
    kind: 'ranges',
    ranges: [{ a: 2, b: 2 }, { a: 4, b: 7 }, { a: 9, b: 9 }, { a: 12, b: STAR }],
  })
  assert.deepEqual(parseSequenceSet('$'), { kind: 'saved' })
  for (const text of ['', ',', '1,', '0', '1:0', '01', '4294967296', '1:2:3', '*:', 'a', '1 2', '$,1', '99999999999']) {
    assert.equal(parseSequenceSet(text), null, text)
  }
  assert.equal(parseSequenceSet('1,'.repeat(30_000) + '1'), null)
})

test('COPYUID keeps the order of its numbers', () => {
  assert.equal(formatNumbers([304, 319, 320, 3]), '304,319:320,3')
  assert.equal(formatRanges([]), '')
})
