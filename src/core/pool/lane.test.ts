import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fullBucket, takeFrom } from './bucket.ts'
import { Lane } from './lane.ts'
import { DEFAULT_LIMITS } from './lane-limits.ts'
import type { LaneLimits } from './lane-limits.ts'
import { BACK_OFF_FIRST_MS, BACK_OFF_LONGEST_MS, FAILURES_BEFORE_BACK_OFF } from './limits.ts'

const LIMITS: LaneLimits = { ...DEFAULT_LIMITS.warm, connections: 4, connectionsOverAll: 6, messagesPerConnection: 3, rate: { count: 2, perMs: 1000 }, burst: 2 }

function opened(lane: Lane, connections: number): void {
  for (let i = 0; i < connections; i++) assert.equal(lane.takeConnection(0, 0), 'go')
}

function grown(limits = LIMITS): Lane {
  const lane = new Lane(limits, 0)
  while (lane.allowed < limits.connections) lane.succeeded()
  return lane
}

test('A lane starts with one connection and gains one with each batch of successes', () => {
  const lane = new Lane(LIMITS, 0)
  opened(lane, 1)
  assert.equal(lane.takeConnection(0, 0), 'full')
  lane.succeeded()
  assert.equal(lane.allowed, 2)
  lane.succeeded()
  assert.equal(lane.allowed, 2)
  lane.succeeded()
  assert.equal(lane.allowed, 3)
  for (let i = 0; i < 100; i++) lane.succeeded()
  assert.equal(lane.allowed, 4)
})

test('A failed connection and a 421 halve the connections, to one at least', () => {
  const lane = grown()
  opened(lane, 1)
  lane.connectionFailed()
  assert.equal(lane.allowed, 2)
  lane.turnedAway()
  assert.equal(lane.allowed, 1)
  lane.turnedAway()
  assert.equal(lane.allowed, 1)
  assert.equal(lane.inUse, 0)
})

test('Connections of all sources together have their own limit', () => {
  const lane = grown()
  assert.equal(lane.takeConnection(0, 6), 'full')
  assert.equal(lane.takeConnection(0, 5), 'go')
})

test('A site is left in peace after five failures in a row: 5 minutes, doubled up to an hour, one connection at a time', () => {
  const lane = grown()
  const waits: number[] = []
  let nowMs = 0
  for (let i = 0; i < FAILURES_BEFORE_BACK_OFF - 1; i++) lane.siteFailed(nowMs)
  for (let i = 0; i < 6; i++) {
    assert.equal(lane.takeConnection(nowMs, 0), 'go')
    lane.siteFailed(nowMs)
    lane.siteFailed(nowMs + 1)
    lane.closed()
    const answer = lane.takeConnection(nowMs, 0)
    assert.ok(answer !== 'go' && answer !== 'full')
    waits.push(answer.waitUntilMs - nowMs)
    nowMs = answer.waitUntilMs
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 12, 12].map((times) => times * BACK_OFF_FIRST_MS))
  assert.equal(lane.takeConnection(nowMs, 0), 'go')
  assert.equal(lane.takeConnection(nowMs, 0), 'full')
  lane.connected()
  for (let i = 0; i < 3; i++) lane.succeeded()
  assert.ok(lane.allowed > 1)
})

test('A failure that is not in a row with others costs nothing', () => {
  const lane = grown()
  for (let i = 0; i < 20; i++) {
    for (let j = 0; j < FAILURES_BEFORE_BACK_OFF - 1; j++) lane.siteFailed(i)
    lane.connected()
  }
  assert.equal(lane.takeConnection(20, 0), 'go')
})

test('A clock that steps back does not leave a lane waiting for longer than the longest wait', () => {
  const lane = grown()
  for (let i = 0; i < 20; i++) lane.siteFailed(1e12 + i * BACK_OFF_LONGEST_MS)
  assert.equal(lane.takeConnection(1000, 0), 'go')
})

test('A connection is used again until it has carried enough, is old, was idle or is one too many', () => {
  const lane = grown()
  opened(lane, 2)
  const fresh = { messages: 1, openedMs: 0, idleSinceMs: null }
  assert.equal(lane.mayReuse(fresh, 10), true)
  assert.equal(lane.mayReuse({ ...fresh, messages: 3 }, 10), false)
  assert.equal(lane.mayReuse(fresh, LIMITS.connectionAgeMs), false)
  assert.equal(lane.mayReuse({ ...fresh, idleSinceMs: 0 }, LIMITS.idleMs - 1), true)
  assert.equal(lane.mayReuse({ ...fresh, idleSinceMs: 0 }, LIMITS.idleMs), false)
  lane.change({ ...LIMITS, connections: 1 })
  assert.equal(lane.mayReuse(fresh, 10), false)
})

test('What a lane remembers survives being stored: its rate and its wait, but not its connections', () => {
  const lane = grown()
  opened(lane, 3)
  lane.takeMessage(0)
  lane.takeMessage(0)
  const saved = JSON.parse(JSON.stringify(lane.state())) as ReturnType<Lane['state']>
  const next = new Lane(LIMITS, 10, saved)
  assert.equal(next.inUse, 0)
  assert.equal(next.allowed, 4)
  assert.deepEqual(next.takeMessage(10), { waitUntilMs: 500 })
})

test('A site that takes fewer recipients gets fewer, one at least, and is remembered', () => {
  const lane = new Lane({ ...LIMITS, recipientsPerMessage: 100 }, 0)
  assert.equal(lane.recipientsPerMessage, 100)
  lane.tooManyRecipients(20)
  lane.tooManyRecipients(50)
  assert.equal(new Lane(LIMITS, 0, lane.state()).recipientsPerMessage, 20)
  lane.tooManyRecipients(0)
  assert.equal(lane.recipientsPerMessage, 1)
})

test('Closing what was never opened is loud', () => {
  assert.throws(() => new Lane(LIMITS, 0).closed(), /closed than opened/)
})

const rate = fc.record({ count: fc.integer({ min: 1, max: 1000 }), perMs: fc.integer({ min: 1, max: 3_600_000 }) })
const takes = fc.array(fc.oneof(fc.nat(5), fc.nat(1000), fc.nat(10_000_000)), { minLength: 1, maxLength: 300 })

test('Over any time, a bucket lets no more go than its burst and its rate give', () => {
  fc.assert(
    fc.property(rate, fc.integer({ min: 1, max: 50 }), takes, (rate, burst, gaps) => {
      const bucket = fullBucket(rate, burst, 0)
      const went: number[] = []
      let nowMs = 0
      for (const gap of gaps) {
        nowMs += gap
        if (takeFrom(bucket, rate, burst, nowMs) === 'go') went.push(nowMs)
      }
      for (const [i, from] of went.entries()) {
        for (let j = i; j < went.length; j++) {
          const overMs = (went[j] ?? 0) - from
          assert.ok((j - i + 1 - burst) * rate.perMs <= overMs * rate.count, `${j - i + 1} in ${overMs} ms`)
        }
      }
    }),
  )
})

test('Who asks again when the bucket said so may go, and not a millisecond before', () => {
  fc.assert(
    fc.property(rate, fc.integer({ min: 1, max: 50 }), takes, (rate, burst, gaps) => {
      const bucket = fullBucket(rate, burst, 0)
      let nowMs = 0
      for (const gap of gaps) {
        nowMs += gap
        const answer = takeFrom(bucket, rate, burst, nowMs)
        if (answer === 'go') continue
        assert.ok(answer.waitUntilMs > nowMs)
        assert.notEqual(takeFrom(bucket, rate, burst, answer.waitUntilMs - 1), 'go')
        assert.equal(takeFrom(bucket, rate, burst, answer.waitUntilMs), 'go')
        nowMs = answer.waitUntilMs
      }
    }),
  )
})

test('A change of rate keeps the messages in the bucket, and a step of the clock neither fills nor stops it', () => {
  const slow = { count: 1, perMs: 60_000 }
  const bucket = fullBucket({ count: 10, perMs: 1000 }, 5, 1e9)
  for (let i = 0; i < 3; i++) assert.equal(takeFrom(bucket, { count: 10, perMs: 1000 }, 5, 1e9), 'go')
  assert.equal(takeFrom(bucket, slow, 5, 1e9), 'go')
  assert.equal(takeFrom(bucket, slow, 5, 1e9), 'go')
  assert.deepEqual(takeFrom(bucket, slow, 5, 1e9), { waitUntilMs: 1e9 + 60_000 })
  assert.deepEqual(takeFrom(bucket, slow, 5, 1e9 - 10), { waitUntilMs: 1e9 + 60_000 })
  assert.deepEqual(takeFrom(bucket, slow, 5, 1000), { waitUntilMs: 61_000 })
  const full = fullBucket(slow, 100, 0)
  assert.equal(takeFrom(full, slow, 1, 0), 'go')
  assert.notEqual(takeFrom(full, slow, 1, 0), 'go')
})

type Step = 'take' | 'connected' | 'connectionFailed' | 'turnedAway' | 'closed' | 'succeeded' | 'siteFailed' | 'message' | 'forgive' | 'narrow' | 'widen'

test('Whatever the order of calls, a lane never has more connections than it may', () => {
  const step = fc.record({
    what: fc.constantFrom<Step>('take', 'take', 'take', 'connected', 'connectionFailed', 'turnedAway', 'closed', 'succeeded', 'succeeded', 'siteFailed', 'message', 'forgive', 'narrow', 'widen'),
    passMs: fc.nat(400_000),
    others: fc.nat(8),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const lane = new Lane(LIMITS, 0)
      let nowMs = 0
      for (const { what, passMs, others } of steps) {
        nowMs += passMs
        const before = lane.inUse
        if (what === 'take') {
          const answer = lane.takeConnection(nowMs, before + others)
          assert.equal(lane.inUse, answer === 'go' ? before + 1 : before)
          if (answer === 'go') assert.ok(lane.inUse <= lane.allowed && before + others < LIMITS.connectionsOverAll)
          if (typeof answer === 'object') assert.ok(answer.waitUntilMs > nowMs && answer.waitUntilMs <= nowMs + BACK_OFF_LONGEST_MS)
        } else if (what === 'closed' || what === 'connectionFailed') {
          if (before > 0) lane[what]()
        } else if (what === 'siteFailed') lane.siteFailed(nowMs)
        else if (what === 'message') lane.takeMessage(nowMs)
        else if (what === 'narrow') lane.change({ ...LIMITS, connections: 2 })
        else if (what === 'widen') lane.change(LIMITS)
        else lane[what]()
        assert.ok(lane.allowed >= 1 && lane.allowed <= lane.limits.connections)
        assert.ok(lane.inUse <= LIMITS.connections)
      }
    }),
  )
})
