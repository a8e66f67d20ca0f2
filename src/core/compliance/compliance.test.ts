import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ratesOf } from '../stats/answer.ts'
import type { Counts } from '../stats/counter.ts'
import { type DomainFacts, requirementsOf } from './compliance.ts'
import { scoreOf } from './score.ts'

const NOTHING: DomainFacts = { domain: 'x.example', failing: null, lookedMs: null, reported: { passed: 0, failed: 0 }, rates: ratesOf({}), heard: 0, delivered: 0, goodDays: 0, mostADay: 0, broadcasts: 0, consents: 0 }
const state = (id: string, over: Partial<DomainFacts>): string => String(requirementsOf({ ...NOTHING, ...over }).find((each) => each.id === id)?.state)
const rated = (counts: Counts) => ({ rates: ratesOf(counts), heard: counts.deliveredHeard ?? 0, delivered: counts.deliveredAway ?? 0 })

test('a requirement is told from what is known: records, reports, rates; what is not known is no fault', () => {
  const looked = (...failing: string[]) => ({ failing, lookedMs: 0 })
  assert.deepEqual([state('spf', {}), state('spf', looked()), state('spf', looked('spf')), state('dkim', looked('spf')), state('reachable', looked('mx'))], ['unknown', 'pass', 'fail', 'pass', 'fail'])
  const reported = (passed: number, failed: number) => state('aligned', { reported: { passed, failed } })
  assert.deepEqual([reported(99, 0), reported(98, 2), reported(97, 3), reported(89, 11)], ['unknown', 'pass', 'warn', 'fail'])
  const complained = (complainedHeard: number, deliveredHeard = 10_000) => state('spam-rate', rated({ complainedHeard, deliveredHeard }))
  assert.deepEqual([complained(3, 999), complained(9), complained(10), complained(29), complained(30)], ['unknown', 'pass', 'warn', 'warn', 'fail'])
  const bounced = (hard: number) => state('bounces', rated({ hard, attempted: 1_000, deliveredAway: 1_000 }))
  assert.deepEqual([bounced(19), bounced(20), bounced(50)], ['pass', 'warn', 'fail'])
  const tls = (deliveredTls: number) => state('tls', rated({ deliveredTls, deliveredAway: 100 }))
  assert.deepEqual([tls(99), tls(98)], ['pass', 'warn'])
  assert.deepEqual([state('consent', {}), state('consent', { broadcasts: 1 }), state('consent', { broadcasts: 1, consents: 1 })], ['unknown', 'warn', 'pass'])
  assert.equal(new Set(requirementsOf(NOTHING).map(({ id }) => id)).size, requirementsOf(NOTHING).length)
})

test('the score takes for each part as much as its share says, and tells it', () => {
  const score = (counts: Counts, failed = 0) => scoreOf({ rates: ratesOf(counts), reported: { passed: 100 - failed, failed } })
  assert.deepEqual([score({}).points, score({}).grade], [100, 'A'])
  const half = score({ complainedHeard: 15, deliveredHeard: 10_000, hard: 25, attempted: 1_000 }, 10)
  assert.deepEqual(half.parts.map(({ name, taken }) => [name, taken]), [['complaints', 20], ['hard-bounces', 13], ['blocks', 0], ['authentication', 10]])
  assert.deepEqual([half.points, half.grade], [57, 'B'])
  assert.deepEqual([score({ complainedHeard: 9, deliveredHeard: 10, hard: 9, block: 1, attempted: 10 }, 90).points], [7])
})
