import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { judge, nextLevel } from './decide.ts'
import { type Level, type Measured, readStandingName, standingName, UNMEASURED } from './standing.ts'
import { THRESHOLDS } from './table.ts'
import { noticeOf, sayFinding } from './words.ts'

const day = (over: Partial<Measured>) => judge({ day: { ...UNMEASURED, ...over }, week: UNMEASURED })

test('a stream is warned, slowed down and paused at the shares that the table says, and by the worst of them', () => {
  assert.equal(day({ deliveredHeard: 10_000, complainedHeard: 7 }), null)
  const levels = [8, 10, 29, 30].map((complainedHeard) => day({ deliveredHeard: 10_000, complainedHeard })?.level)
  assert.deepEqual(levels, ['warned', 'slowed', 'slowed', 'paused'])
  assert.deepEqual(day({ attempted: 1_000, hard: 20, block: 60, delivered: 900, unsubscribed: 5 }), { level: 'slowed', metric: 'blocks', window: 'day', part: 60, whole: 1_000, limit: 0.05 })
  assert.equal(judge({ day: UNMEASURED, week: { ...UNMEASURED, deliveredHeard: 5_000, complainedHeard: 10 } })?.level, 'paused')
})

test('a share of too few says nothing', () => {
  const measured = fc.record({ delivered: fc.nat(499), deliveredHeard: fc.nat(999), complainedHeard: fc.nat(999), attempted: fc.nat(499), hard: fc.nat(499), block: fc.nat(499), authFailed: fc.nat(499), unsubscribed: fc.nat(499) })
  fc.assert(fc.property(measured, measured, (today, week) => assert.equal(judge({ day: today, week }), null)))
})

test('what is paused waits for a person, what is slowed goes on when nothing is to be said, and people are never kept waiting', () => {
  const finding = (level: Exclude<Level, 'good'>) => ({ level, metric: 'blocks', window: 'day', part: 1, whole: 2, limit: 0.1 }) as const
  assert.deepEqual([nextLevel('paused', null, 'bulk'), nextLevel('paused', finding('warned'), 'bulk')], ['paused', 'paused'])
  assert.deepEqual([nextLevel('slowed', finding('warned'), 'bulk'), nextLevel('slowed', null, 'bulk'), nextLevel('slowed', finding('paused'), 'bulk')], ['slowed', 'good', 'paused'])
  assert.deepEqual([nextLevel('good', finding('paused'), 'other'), nextLevel('good', null, 'other')], ['warned', 'good'])
})

test('every decision can be said in both languages, with its numbers', () => {
  for (const { metric, window } of THRESHOLDS) {
    const finding = { level: 'paused', metric, window, part: 12, whole: 1_200, limit: 0.003 } as const
    const { en, id } = sayFinding(finding)
    assert.match(en, /12 of 1200 \(1 %\)/)
    assert.match(id, /12 dari 1200 \(1 %\)/)
    const key = { organization: 'o1' as never, stream: 'broadcast', provider: 'yahoo' }
    assert.match(noticeOf(key, finding, 'id').text, /dihentikan sementara[^]*merpati stream resume broadcast:yahoo/)
    assert.match(noticeOf(key, { ...finding, level: 'slowed' }, 'en').subject, /^Slowed down: broadcast:yahoo$/)
  }
})

test('a name of a stream and a provider is read back, and nothing else is', () => {
  fc.assert(fc.property(fc.string({ minLength: 1 }), fc.stringMatching(/^[a-z0-9-]+$/), (stream, provider) => assert.deepEqual(readStandingName(standingName({ stream, provider })), { stream, provider })))
  assert.deepEqual(['', ':', 'x', 'x:', ':x'].map(readStandingName), [null, null, null, null, null])
})
