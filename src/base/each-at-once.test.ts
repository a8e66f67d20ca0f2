import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachAtOnce } from './each-at-once.ts'

test('answers stand in the order of what was asked for, whoever answers first, and one refusal is everybody\'s', async () => {
  const order: number[] = []
  const ask = async (turns: number): Promise<string> => {
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    order.push(turns)
    return `after ${turns}`
  }
  assert.deepEqual(await eachAtOnce([], ask), [])
  assert.deepEqual(await eachAtOnce([2], ask), ['after 2'])
  assert.deepEqual(await eachAtOnce([5, 1], ask), ['after 5', 'after 1'])
  assert.deepEqual(order, [2, 1, 5])
  const refuse = async (): Promise<never> => {
    throw new Error('no')
  }
  for (const many of [[1], [1, 2]]) await assert.rejects(eachAtOnce(many, refuse), /no/)
})
