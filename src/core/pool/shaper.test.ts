import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OrganizationId } from '../../base/brand.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/duration.ts'
import { CANARY_EVERY_MS, MAX_ENTRIES, SPREAD_MS } from './limits.ts'
import { parseReplyLine } from './match-rule.ts'
import type { PeerReply } from './match-rule.ts'
import { perMinute, perSecond } from './rate.ts'
import type { Keys } from './rule.ts'
import { Shaper } from './shaper.ts'
import { canaryArrived, dueAfter, endSuspension, isInForce, suspend, takeCanary } from './suspension.ts'

const KEYS: Keys = { source: '192.0.2.1', site: 'gmail', organization: 'o-one' as OrganizationId, stream: 'news' }
const FAST = perSecond(100)
const BLOCKED = '550-5.7.28 Refused'

function reply(line: string, provider: string | null = 'gmail'): PeerReply {
  const parsed = parseReplyLine(line)
  assert.ok(parsed !== null)
  return { ...parsed, provider, stage: 'final' }
}

function byUser(untilMs: number | null, more: { readonly key?: string; readonly covers?: 'all' | 'bulk' } = {}): ReturnType<typeof suspend> {
  const key = more.key ?? 'site gmail'
  const scope = 'site'
  return suspend({ id: 'u1', scope, key, what: 'suspend', covers: more.covers ?? 'all', by: 'user', rule: null, reason: 'work', firstReply: null, untilMs, canary: false }, 0)
}

test('A block suspends the lane and nothing else, and is told once', () => {
  const shaper = new Shaper()
  const heard = shaper.hear(reply(BLOCKED), KEYS, 0)
  assert.equal(heard.rule?.id, 'A5')
  assert.equal(heard.isNews, true)
  assert.equal(heard.also.length, 1)
  assert.equal(heard.verdict?.keep, true)
  assert.equal(shaper.hear(reply(BLOCKED), KEYS, 1).isNews, false)
  assert.equal(shaper.stopped(KEYS, 'other', 1)?.rule, 'A5')
  for (const other of [{ ...KEYS, source: '192.0.2.2' }, { ...KEYS, site: 'yahoo' }]) assert.equal(shaper.stopped(other, 'other', 1), null)
  assert.deepEqual(shaper.mayGo({ ...KEYS, site: 'yahoo' }, 'other', FAST, 1), { kind: 'go' })
})

test('While a lane is suspended one canary goes each ten minutes; the rest wait for the end', () => {
  const shaper = new Shaper()
  shaper.hear(reply(BLOCKED), KEYS, 0)
  let canaries = 0
  for (let nowMs = 0; nowMs < HOUR_MS; nowMs += 10_000) {
    const isOpen = shaper.isOpen(KEYS, 'other', nowMs)
    const stand = shaper.mayGo(KEYS, 'other', FAST, nowMs)
    assert.equal(isOpen, stand.kind === 'canary')
    if (stand.kind === 'canary') {
      canaries += 1
      shaper.canaryEnded(KEYS, 'other', 'failed', nowMs)
    } else assert.equal(stand.kind === 'wait' && stand.untilMs, 12 * HOUR_MS)
  }
  assert.equal(canaries, 5)
})

test('Three canaries that arrive in a row end the suspension, and the lane recovers', () => {
  const shaper = new Shaper()
  shaper.hear(reply(BLOCKED), KEYS, 0)
  let nowMs = 0
  for (const end of ['arrived', 'arrived', 'failed', 'arrived', 'arrived', 'arrived'] as const) {
    nowMs += CANARY_EVERY_MS
    assert.equal(shaper.mayGo(KEYS, 'other', FAST, nowMs).kind, 'canary')
    assert.equal(shaper.canaryEnded(KEYS, 'other', end, nowMs).length, 1)
  }
  assert.equal(shaper.mayGo(KEYS, 'other', FAST, nowMs).kind, 'go')
  const { adjustments, againMs } = shaper.adjustments(KEYS, nowMs)
  assert.deepEqual(adjustments.map(({ rule, state, rate }) => [rule, state, rate?.percent]), [['A5', 'recovering', 25]])
  assert.equal(againMs, nowMs + 15 * MINUTE_MS)
})

test('A stream that is paused waits for a person, with its other streams going on', () => {
  const shaper = new Shaper()
  shaper.hear(reply('421 4.7.28 Many messages with the same Message-ID'), KEYS, 0)
  const stand = shaper.mayGo(KEYS, 'bulk', FAST, 30 * DAY_MS)
  assert.equal(stand.kind === 'wait' && stand.untilMs, null)
  assert.equal(shaper.mayGo({ ...KEYS, stream: 'receipts' }, 'bulk', FAST, DAY_MS).kind, 'go')
  const id = shaper.suspensions(DAY_MS)[0]?.id ?? ''
  assert.equal(id, 'A4 stream-site o-one news gmail')
  assert.equal(shaper.end(id, 31 * DAY_MS).length, 1)
  assert.equal(shaper.mayGo(KEYS, 'bulk', FAST, 31 * DAY_MS).kind, 'go')
})

test('A rule for broadcasts lets transactional mail pass', () => {
  const shaper = new Shaper()
  shaper.hear(reply('550 5.7.40 No DMARC record'), KEYS, 0)
  assert.equal(shaper.mayGo(KEYS, 'bulk', FAST, 1).kind, 'wait')
  assert.equal(shaper.mayGo(KEYS, 'other', FAST, 1).kind, 'go')
})

test('A tenant’s rate at a site is the tenant’s own: the lane keeps its limits, other tenants their speed', () => {
  const shaper = new Shaper()
  shaper.hear(reply('421 4.7.28 Too much mail with your DKIM domain'), KEYS, 0)
  assert.deepEqual(shaper.adjustments(KEYS, 1).adjustments, [])
  const went = Array.from({ length: 600 }, (_, s) => shaper.mayGo(KEYS, 'other', FAST, s * 1000)).filter(({ kind }) => kind === 'go').length
  assert.ok(went >= 49 && went <= 51, String(went))
  const other = { ...KEYS, organization: 'o-two' as OrganizationId }
  assert.ok(Array.from({ length: 100 }, () => shaper.mayGo(other, 'other', FAST, 1)).every(({ kind }) => kind === 'go'))
})

test('Gmail’s nameless warning counts against the lane from the third on', () => {
  const shaper = new Shaper()
  const heard = [0, 2, 4].map((minutes) => shaper.hear(reply('421 4.7.28 Unusual'), KEYS, minutes * MINUTE_MS))
  assert.deepEqual(heard.map(({ entries }) => entries.map(({ rule }) => rule)), [['A56'], ['A56'], ['A56', 'A1']])
  const { adjustments } = shaper.adjustments(KEYS, 4 * MINUTE_MS)
  assert.deepEqual(adjustments.map(({ rule, rate }) => [rule, rate?.atMost]), [['A1', perMinute(10)]])
})

test('Fifty failures in a row suspend a site for all sources', () => {
  const shaper = new Shaper()
  assert.equal(shaper.hearCount('connect-failures', 49, KEYS, 0).rule, null)
  assert.equal(shaper.hearCount('connect-failures', 50, KEYS, 0).rule?.id, 'A55')
  assert.equal(shaper.stopped({ ...KEYS, source: '192.0.2.9' }, 'other', 1)?.untilMs, 15 * MINUTE_MS)
})

test('What a person stops, waits until the person says so', () => {
  const shaper = new Shaper()
  shaper.suspend(byUser(null))
  assert.equal(shaper.mayGo(KEYS, 'other', FAST, DAY_MS).kind, 'wait')
  shaper.end('u1', DAY_MS)
  assert.equal(shaper.mayGo(KEYS, 'other', FAST, DAY_MS).kind, 'go')
  shaper.forget(DAY_MS)
  assert.deepEqual(shaper.suspensions(DAY_MS), [])
})

test('Where several suspensions hold, a canary goes only if all let it, and the longest is the reason', () => {
  const shaper = new Shaper()
  shaper.hear(reply(BLOCKED), KEYS, 0)
  shaper.suspend(byUser(DAY_MS))
  const stand = shaper.mayGo(KEYS, 'other', FAST, HOUR_MS)
  assert.equal(stand.kind === 'wait' && stand.untilMs, DAY_MS)
})

test('What rules remember survives being stored, and is forgotten when it means nothing', () => {
  const shaper = new Shaper()
  shaper.hear(reply(BLOCKED), KEYS, 0)
  shaper.hear(reply('421 Too many connections', null), { ...KEYS, site: 'mx-1' }, 0)
  const stored = JSON.parse(JSON.stringify(shaper.entries())) as ReturnType<Shaper['entries']>
  const next = new Shaper()
  for (const entry of stored) next.restore(entry)
  next.restore({ rule: 'A999', key: 'x', keys: KEYS, hits: [], active: null })
  assert.deepEqual(next.entries(), shaper.entries())
  assert.equal(next.forget(3 * HOUR_MS).length, 1)
  assert.equal(next.stopped(KEYS, 'other', 3 * HOUR_MS)?.rule, 'A5')
  assert.equal(next.forget(3 * DAY_MS).length, 1)
  assert.deepEqual(next.entries(), [])
})

test('Strangers’ sites cannot fill the memory, nor push out what a provider said', () => {
  const shaper = new Shaper()
  shaper.hear(reply(BLOCKED), KEYS, 0)
  for (let i = 0; i < MAX_ENTRIES + 10; i++) shaper.hear(reply('421 Too many connections', null), { ...KEYS, site: `mx-${i}` }, i)
  assert.equal(shaper.entries().length, MAX_ENTRIES)
  assert.equal(shaper.stopped(KEYS, 'other', 1)?.rule, 'A5')
})

test('Deliveries of a suspension come due after its end, spread over ten minutes', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.option(fc.nat(DAY_MS)), fc.nat(2 * DAY_MS), (chance, untilMs, nowMs) => {
      const dueMs = dueAfter({ ...byUser(untilMs) }, nowMs, chance)
      const earliest = Math.max(nowMs, untilMs ?? nowMs + HOUR_MS)
      assert.ok(dueMs >= earliest && dueMs < earliest + SPREAD_MS && Number.isInteger(dueMs))
    }),
  )
})

test('However often it is asked, a suspension lets one canary go in each interval, and none after its end', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ passMs: fc.nat(CANARY_EVERY_MS), ask: fc.boolean() }), { maxLength: 100 }), (steps) => {
      let suspension = suspend({ id: 's', scope: 'site', key: 'site x', what: 'suspend', covers: 'all', by: 'rule', rule: 'A5', reason: '', firstReply: null, untilMs: 6 * HOUR_MS, canary: true }, 0)
      let [nowMs, lastMs] = [0, 0]
      for (const { passMs, ask } of steps) {
        nowMs += passMs
        const sent = ask ? takeCanary(suspension, nowMs) : null
        if (sent === null) continue
        assert.ok(nowMs - lastMs >= CANARY_EVERY_MS && nowMs < 6 * HOUR_MS)
        lastMs = nowMs
        suspension = sent
      }
    }),
  )
})

test('A suspension that has ended stays as it was', () => {
  const ended = endSuspension(byUser(null), 5)
  assert.equal(isInForce(ended, 5), false)
  assert.equal(endSuspension(ended, 9), ended)
  assert.equal(canaryArrived(ended, 9), ended)
})
