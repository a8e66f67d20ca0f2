import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrganizationId } from '../../base/brand.ts'
import { HOUR_MS, MINUTE_MS } from '../../base/duration.ts'
import { Lane } from './lane.ts'
import { limitsOf } from './resolve.ts'
import type { LimitsQuestion } from './resolve.ts'
import type { Keys } from './rule.ts'
import { Shaper } from './shaper.ts'
import { siteOf } from './site.ts'

/** A lane as the engine drives it: it asks for its limits again when there is news, and when they change by themselves. */
function drive(shaper: Shaper, keys: Keys, question: Omit<LimitsQuestion, 'adjustments'>): (fromMs: number, toMs: number) => number {
  const lane = new Lane(limitsOf({ ...question, adjustments: [] }).limits, 0)
  return (fromMs, toMs) => {
    let sent = 0
    for (let nowMs = fromMs; nowMs < toMs; nowMs += 500) {
      lane.change(limitsOf({ ...question, adjustments: shaper.adjustments(keys, nowMs).adjustments }).limits)
      for (let i = 0; i < 100; i++) {
        if (shaper.mayGo(keys, 'bulk', lane.limits.rate, nowMs).kind !== 'go' || lane.takeMessage(nowMs) !== 'go') break
        sent += 1
      }
    }
    return sent
  }
}

test('A lane runs at its rate, obeys Gmail for half an hour, recovers in steps and runs again', () => {
  const site = siteOf('x.example', [{ preference: 1, host: 'aspmx.l.google.com' }])
  const keys: Keys = { source: '192.0.2.1', site: site.key, organization: 'o-one' as OrganizationId, stream: 'news' }
  const shaper = new Shaper()
  const sentIn = drive(shaper, keys, { domain: 'x.example', provider: site.provider, source: keys.source, sourceAgeDays: 90, organization: null, overrides: [] })
  const near = (sent: number, expected: number): void => assert.ok(Math.abs(sent - expected) <= 21, `${sent}, not ${expected}`)
  near(sentIn(0, MINUTE_MS), 1200)
  shaper.hear({ provider: site.provider, stage: 'final', code: 421, enhanced: '4.7.28', text: 'Unusual rate from your IP address' }, keys, MINUTE_MS)
  near(sentIn(MINUTE_MS, 11 * MINUTE_MS), 100)
  near(sentIn(11 * MINUTE_MS, 31 * MINUTE_MS), 200)
  near(sentIn(31 * MINUTE_MS, 32 * MINUTE_MS), 300)
  near(sentIn(46 * MINUTE_MS, 47 * MINUTE_MS), 600)
  near(sentIn(61 * MINUTE_MS, 62 * MINUTE_MS), 1200)
})

test('After a block nothing goes but canaries, on any road through the same source and site', () => {
  const keys: Keys = { source: '192.0.2.1', site: 'gmail', organization: 'o-one' as OrganizationId, stream: 'news' }
  const shaper = new Shaper()
  const sentIn = drive(shaper, keys, { domain: 'x.example', provider: 'gmail', source: keys.source, sourceAgeDays: 90, organization: null, overrides: [] })
  shaper.hear({ provider: 'gmail', stage: 'final', code: 550, enhanced: '5.7.28', text: 'Refused' }, keys, 0)
  assert.equal(sentIn(0, 9 * MINUTE_MS), 0)
  const other: Keys = { ...keys, organization: 'o-two' as OrganizationId, stream: 'receipts' }
  assert.equal(shaper.mayGo(other, 'other', { count: 1, perMs: 1 }, HOUR_MS).kind, 'canary')
  assert.equal(shaper.mayGo(keys, 'other', { count: 1, perMs: 1 }, HOUR_MS).kind, 'wait')
})
