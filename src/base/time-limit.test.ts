import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeLimit } from './time-limit.ts'

test('limits of one length that begin together share a signal, and those of another length have their own', () => {
  const signals = new Set(Array.from({ length: 1_000 }, () => timeLimit(60_000)))
  assert.ok(signals.size < 1_000)
  assert.ok(!signals.has(timeLimit(61_000)))
})

test('a limit ends', async () => {
  const signal = timeLimit(1)
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  assert.ok(signal.aborted)
})
