import assert from 'node:assert/strict'
import { test } from 'node:test'
import { remembered, rememberedText } from './remembered.ts'

test('an answer is made once, until others have pushed it out, and long texts are not kept', () => {
  const made: string[] = []
  const half = remembered(2, (text) => {
    made.push(text.slice(0, 9))
    return text === 'b' ? null : text.length / 2
  })
  assert.deepEqual(['a', 'a', 'b', 'b', '__proto__', 'a'].map(half), [0.5, 0.5, null, null, 4.5, 0.5])
  assert.deepEqual(made, ['a', 'b', '__proto__', 'a'])
  assert.deepEqual(['x'.repeat(2_000), 'x'.repeat(2_000)].map(half), [1_000, 1_000])
  assert.equal(made.length, 6)
})

test('what was made of the last few long texts is not made again', () => {
  const made: number[] = []
  const length = rememberedText(2, (text) => made.push(text.length) && text.length)
  const [a, b, c, long] = [5_000, 6_000, 7_000, 70_000].map((chars) => 'x'.repeat(chars)) as [string, string, string, string]
  assert.deepEqual([a, b, a, b, c, b, a, long, long].map((text) => length(text)), [5_000, 6_000, 5_000, 6_000, 7_000, 6_000, 5_000, 70_000, 70_000])
  assert.deepEqual(made, [5_000, 6_000, 7_000, 5_000, 70_000, 70_000])
})
