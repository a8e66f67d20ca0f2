import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meant } from './meant.ts'

const answer = (status: string, text: string) => ({ status, text, host: 'mx.far.example', atMs: 1 })

test('A refusal gets the category of its words', () => {
  const outcome = meant({ kind: 'failed', answer: answer('5.1.1', '550 5.1.1 No such user') }, null, 9)
  assert.deepEqual(outcome, { kind: 'failed', answer: { ...answer('5.1.1', '550 5.1.1 No such user'), category: 'bad-mailbox' } })
})

test('What a rule of the lane has said stays', () => {
  const known = { kind: 'failed', answer: { ...answer('5.7.1', '550 5.7.1 No such user'), category: 'block-ip' } } as const
  assert.equal(meant(known, null, 9), known)
})

test('A limit is a delay, though its code says for good', () => {
  const outcome = meant({ kind: 'failed', answer: answer('5.4.5', '550 5.4.5 Daily sending limit exceeded') }, null, 9)
  assert.ok(outcome.kind === 'deferred')
  assert.deepEqual([outcome.answer.category, outcome.dueMs, outcome.counted], ['throttled', 9, true])
})

test('A mailbox that is full for good has failed, and one that is full for now waits', () => {
  assert.equal(meant({ kind: 'failed', answer: answer('5.2.2', '552 5.2.2 Mailbox full') }, null, 9).kind, 'failed')
  const later = { kind: 'deferred', answer: answer('4.2.2', '452 4.2.2 Mailbox full'), dueMs: 5, counted: true, possibleDuplicate: false } as const
  assert.deepEqual(meant(later, null, 9), { ...later, answer: { ...later.answer, category: 'mailbox-full' } })
})

test('What arrived means nothing, and what was given back neither', () => {
  const arrived = { kind: 'delivered', answer: answer('2.0.0', '250 2.0.0 Ok') } as const
  assert.equal(meant(arrived, null, 9), arrived)
  assert.deepEqual(meant({ kind: 'returned' }, null, 9), { kind: 'returned' })
})
