import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IdleHeap } from './idle-heap.ts'

const MB = 2 ** 20

/** A thread of a test's own, and how often its heap was collected. */
function thread() {
  const state = { nowMs: 0, busy: 0, held: 20 * MB, collected: 0 }
  const heap = new IdleHeap({
    nowMs: () => state.nowMs,
    busyShare: () => state.busy,
    heldBytes: () => state.held,
    collect() {
      state.collected += 1
      state.held = 12 * MB
    },
  })
  return { state, heap }
}

test('what a start has left is collected once the thread has nothing to do, and once only', () => {
  const { state, heap } = thread()
  state.busy = 0.5
  heap.look()
  assert.equal(state.collected, 0)
  state.busy = 0.001
  heap.look()
  assert.equal(state.collected, 1)
  state.nowMs = 3_600_000
  heap.look()
  assert.equal(state.collected, 1)
})

test('a heap that has grown since is collected again, a minute later at the soonest', () => {
  const { state, heap } = thread()
  heap.look()
  state.held = 30 * MB
  state.nowMs = 59_000
  heap.look()
  assert.equal(state.collected, 1)
  state.nowMs = 60_000
  heap.look()
  assert.equal(state.collected, 2)
  state.held = 13 * MB
  state.nowMs = 120_000
  heap.look()
  assert.equal(state.collected, 2)
})
