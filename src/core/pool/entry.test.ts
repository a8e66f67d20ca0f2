import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OrganizationId } from '../../base/brand.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/duration.ts'
import { adjustmentOf, changesAtMs, endEntry, hitRule, isForgotten } from './entry.ts'
import type { Entry } from './entry.ts'
import { AGAIN_WITHIN_MS, LONGEST_ADJUSTMENT_MS, MAX_HITS, SAME_INCIDENT_MS } from './limits.ts'
import { perMinute } from './rate.ts'
import type { Keys, Rule } from './rule.ts'
import { RULES } from './table/rules.ts'

const KEYS: Keys = { source: '192.0.2.1', site: 'gmail', organization: 'o-one' as OrganizationId, stream: 'news' }

function rule(id: string): Rule {
  const found = RULES.byId.get(id)
  assert.ok(found !== undefined)
  return found
}

/** Hits a rule at these times; what is remembered after the last. */
function after(id: string, times: readonly number[], code = 421): Entry {
  let entry: Entry | null = null
  for (const nowMs of times) entry = hitRule(rule(id), entry, { keys: KEYS, reply: 'no', code }, nowMs).entry
  assert.ok(entry !== null)
  return entry
}

test('A hit narrows the lane at once, for its time', () => {
  const entry = after('A1', [0])
  const adjustment = adjustmentOf(rule('A1'), entry, 0)
  assert.deepEqual(adjustment?.rate?.atMost, perMinute(10))
  assert.deepEqual(adjustment.connections?.atMost, 1)
  assert.equal(entry.active?.untilMs, 30 * MINUTE_MS)
  assert.equal(entry.key, 'source-site 192.0.2.1 gmail')
})

test('What was under way in the first minute is the same incident: nothing grows, nobody is told twice', () => {
  const times = Array.from({ length: 20 }, (_, i) => i * 1000)
  const entry = after('A5', times)
  assert.equal(entry.active?.untilMs, 12 * HOUR_MS)
  assert.equal(entry.hits.length, 1)
  const first = hitRule(rule('A5'), null, { keys: KEYS, reply: 'no', code: 550 }, 0)
  assert.deepEqual(first.also, [{ do: 'alert', level: 'high' }])
  const named = hitRule(rule('A5'), null, { keys: KEYS, reply: '550 5.7.28 <Budi.S+x@bücher.example>: blocked, see postmaster@gmail.example;', code: 550 }, 0)
  assert.equal(named.entry?.active?.suspension?.firstReply, '550 5.7.28 <(address)>: blocked, see (address);', 'what is remembered of a site names nobody')
  const second = hitRule(rule('A5'), first.entry, { keys: KEYS, reply: 'no', code: 550 }, 1000)
  assert.deepEqual([second.change, second.also], ['counted', []])
})

test('A third hit within the hour suspends where the rule says so', () => {
  const entry = after('A1', [0, 2 * MINUTE_MS, 4 * MINUTE_MS])
  assert.equal(entry.active?.step, 1)
  assert.equal(entry.active.suspension?.what, 'suspend')
  assert.equal(entry.active.untilMs, 4 * MINUTE_MS + 2 * HOUR_MS)
  assert.equal(after('A1', [0, 61 * MINUTE_MS, 125 * MINUTE_MS]).active?.step, 0)
})

test('Hits that are enough for more are more, also when the step before has ended', () => {
  const brief: Rule = { ...rule('A1'), steps: rule('A1').steps.map((step, i) => (i === 0 ? { ...step, lasts: 5 * MINUTE_MS } : step)) }
  const steps: (number | undefined)[] = []
  let entry: Entry | null = null
  for (const minute of [0, 6, 40]) {
    entry = hitRule(brief, entry, { keys: KEYS, reply: 'no', code: 421 }, minute * MINUTE_MS).entry
    steps.push(entry?.active?.step)
  }
  assert.deepEqual(steps, [0, 0, 1])
  assert.equal(entry?.active?.lastsMs, 2 * HOUR_MS)
})

test('However many hits there are, few are remembered', () => {
  const entry = after('A34', Array.from({ length: 500 }, (_, i) => i * 20 * MINUTE_MS))
  assert.equal(entry.hits.length, MAX_HITS)
})

test('Rules that wait for several hits do nothing before', () => {
  const four = after('A34', [0, 1, 2, 3])
  assert.equal(four.active, null)
  assert.equal(adjustmentOf(rule('A34'), four, 4), null)
  const five = after('A34', [0, 1, 2, 3, 4])
  assert.equal(five.active?.suspension?.untilMs, 4 + 15 * MINUTE_MS)
})

test('The class of the code may decide: NetEase is slowed for 451 and stopped for 554, also in the same minute', () => {
  const slowed = after('A49', [0], 451)
  assert.equal(slowed.active?.suspension, null)
  const stopped = hitRule(rule('A49'), slowed, { keys: KEYS, reply: 'no', code: 554 }, 1000).entry
  assert.equal(stopped?.active?.suspension?.untilMs, 1000 + HOUR_MS)
})

test('The same hit again doubles the duration, within an hour of the end, up to a day', () => {
  let entry = after('A53', [0])
  const lasted: number[] = []
  for (let i = 0; i < 8; i++) {
    const untilMs = entry.active?.untilMs ?? 0
    lasted.push(untilMs - (entry.active?.startedMs ?? 0))
    entry = hitRule(rule('A53'), entry, { keys: KEYS, reply: 'no', code: 451 }, untilMs + AGAIN_WITHIN_MS).entry ?? entry
  }
  assert.deepEqual(lasted, [0.5, 1, 2, 4, 8, 16, 24, 24].map((hours) => hours * HOUR_MS))
  const later = hitRule(rule('A53'), entry, { keys: KEYS, reply: 'no', code: 451 }, (entry.active?.untilMs ?? 0) + AGAIN_WITHIN_MS + 1).entry
  assert.equal(later?.active?.lastsMs, 30 * MINUTE_MS)
})

test('A hit while mail goes slowly prolongs; one while it is suspended does not: that is a canary', () => {
  const slow = after('A53', [0, SAME_INCIDENT_MS])
  assert.equal(slow.active?.untilMs, SAME_INCIDENT_MS + HOUR_MS)
  const suspended = after('A5', [0, 10 * MINUTE_MS, 20 * MINUTE_MS])
  assert.equal(suspended.active?.untilMs, 12 * HOUR_MS)
})

test('A rule that asks for a week keeps its week', () => {
  const entry = after('A43', [0])
  assert.equal(entry.active?.untilMs, 7 * DAY_MS)
  const again = hitRule(rule('A43'), entry, { keys: KEYS, reply: 'no', code: 554 }, 7 * DAY_MS + 1).entry
  assert.equal(again?.active?.lastsMs, 7 * DAY_MS)
})

test('After its end a lane recovers: a quarter, a half, all, a step each clean 15 minutes', () => {
  const entry = after('A5', [0])
  const percents = [0, 15 * MINUTE_MS - 1, 15 * MINUTE_MS, 30 * MINUTE_MS].map((ms) => adjustmentOf(rule('A5'), entry, 12 * HOUR_MS + ms)?.rate?.percent ?? null)
  assert.deepEqual(percents, [25, 25, 50, null])
  assert.equal(changesAtMs(entry, 0), 12 * HOUR_MS)
  assert.equal(changesAtMs(entry, 12 * HOUR_MS), 12 * HOUR_MS + 15 * MINUTE_MS)
  assert.equal(changesAtMs(entry, 12 * HOUR_MS + 15 * MINUTE_MS), 12 * HOUR_MS + 30 * MINUTE_MS)
  assert.equal(changesAtMs(entry, 13 * HOUR_MS), null)
  assert.equal(adjustmentOf(rule('A53'), after('A53', [0]), 30 * MINUTE_MS)?.rate?.percent, 50)
})

test('What only a person or a check can end has no end, and recovers when it is ended', () => {
  const entry = after('A9', [0])
  assert.equal(entry.active?.untilMs, null)
  assert.equal(entry.active.suspension?.canaryEveryMs, null)
  const ended = endEntry(entry, DAY_MS)
  assert.equal(ended.active?.suspension?.untilMs, DAY_MS)
  assert.equal(adjustmentOf(rule('A9'), ended, DAY_MS)?.rate?.percent, 25)
  assert.equal(endEntry(ended, 2 * DAY_MS), ended)
  assert.deepEqual(ended.hits, [])
})

test('A site that wants TLS gets it for good, and its limits are otherwise left alone', () => {
  const adjustment = adjustmentOf(rule('A11'), after('A11', [0]), 365 * DAY_MS)
  assert.deepEqual([adjustment?.tls, adjustment?.rate, adjustment?.untilMs], ['require', null, null])
})

test('A rule that concerns one recipient, or a tenant where there is none, remembers nothing', () => {
  assert.equal(hitRule(rule('A51'), null, { keys: KEYS, reply: '', code: 450 }, 0).entry, null)
  assert.equal(hitRule(rule('A2'), null, { keys: { ...KEYS, organization: null }, reply: '', code: 421 }, 0).entry, null)
})

test('An entry is forgotten when neither its end nor its hits matter any more', () => {
  const entry = after('A53', [0])
  assert.equal(isForgotten(rule('A53'), entry, 30 * MINUTE_MS + AGAIN_WITHIN_MS), false)
  assert.equal(isForgotten(rule('A53'), entry, 30 * MINUTE_MS + AGAIN_WITHIN_MS + 1), true)
  assert.equal(isForgotten(rule('A9'), after('A9', [0]), 1000 * DAY_MS), false)
})

test('Whatever the hits are: durations stay within their bounds, memory stays small, and it can be stored', () => {
  const hit = fc.record({ passMs: fc.oneof(fc.nat(1000), fc.nat(5 * MINUTE_MS), fc.nat(5 * HOUR_MS)), code: fc.constantFrom(421, 451, 550, 554) })
  fc.assert(
    fc.property(fc.constantFrom(...RULES.byId.keys()), fc.array(hit, { maxLength: 60 }), (id, hits) => {
      let entry: Entry | null = null
      let nowMs = 0
      for (const { passMs, code } of hits) {
        nowMs += passMs
        const outcome = hitRule(rule(id), entry, { keys: KEYS, reply: 'no', code }, nowMs)
        entry = outcome.entry
        if (entry === null) continue
        assert.deepEqual(JSON.parse(JSON.stringify(entry)), entry)
        assert.ok(entry.hits.length <= MAX_HITS)
        const { active } = entry
        if (active?.untilMs === undefined || active.untilMs === null) continue
        const longest = Math.max(LONGEST_ADJUSTMENT_MS, ...rule(id).steps.map(({ lasts }) => (typeof lasts === 'number' ? lasts : 0)))
        assert.ok(active.untilMs - active.startedMs <= longest && active.untilMs > active.startedMs)
        if (active.suspension !== null) assert.equal(active.suspension.untilMs, active.untilMs)
        const againMs = changesAtMs(entry, nowMs)
        assert.ok(againMs === null || againMs > nowMs)
      }
    }),
  )
})
