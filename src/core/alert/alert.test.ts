import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OrganizationId } from '../../base/brand.ts'
import { HOUR_MS } from '../../base/duration.ts'
import { type Alert, type Change, type Firing, reconcile } from './alert.ts'
import { evaluate, type Facts } from './rules.ts'
import { alertNotice } from './words.ts'

const O1 = 'o1' as OrganizationId
const NOW_MS = 100 * 24 * HOUR_MS
const NOTHING: Facts = { operator: O1, queue: [], sources: [], certificates: [], diskUsed: 0, standings: [], tries: [], hours: [], endpoints: [], contained: [] }
const fired = (over: Partial<Facts>): readonly string[] => evaluate({ ...NOTHING, ...over }, NOW_MS).map(({ rule, subject, severity }) => `${rule} ${subject} ${severity}`)

/** Applies changes as the table does. */
function after(known: readonly Alert[], changes: readonly Change[]): readonly Alert[] {
  const rows = new Map(known.map((alert) => [`${alert.rule} ${alert.subject}`, alert]))
  for (const { alert } of changes) rows.set(`${alert.rule} ${alert.subject}`, alert)
  return [...rows.values()]
}

test('each rule begins where the table says, and not before', () => {
  assert.deepEqual(fired({}), [])
  const queue = (count: number, minutes: number) => fired({ queue: [{ domain: 'gmail', count, oldestMs: NOW_MS - minutes * 60_000 }] })
  assert.deepEqual([queue(100, 300), queue(101, 30), queue(101, 31), queue(101, 121)], [[], [], ['queue.old gmail warning'], ['queue.old gmail high']])
  const source = (...failed: string[]) => fired({ sources: [{ id: 'a', address: '192.0.2.1', failed }] })
  assert.deepEqual([source(), source('reverse'), source('reverse', 'unlisted')], [[], ['source.failed a high'], ['ip.blocklisted a critical']])
  const certificate = (days: number) => fired({ certificates: [{ name: 'x', endsMs: NOW_MS + days * 24 * HOUR_MS }] })
  assert.deepEqual([14, 13, 6, 0].map(certificate), [[], ['certificate.ending x warning'], ['certificate.ending x high'], ['certificate.ending x critical']])
  assert.deepEqual([0.84, 0.85, 0.96].map((diskUsed) => fired({ diskUsed })), [[], ['disk.full data warning'], ['disk.full data critical']])
  const tries = (made: number, deferred: number) => fired({ tries: [{ organization: O1, provider: 'gmail', made, deferred }] })
  assert.deepEqual([tries(99, 99), tries(100, 19), tries(100, 20), tries(100, 50)], [[], [], ['deferrals.high gmail warning'], ['deferrals.high gmail high']])
  const hour = (delivered: number, accepted: number) => fired({ hours: [{ organization: O1, delivered, accepted, usualDelivered: 200, usualAccepted: 200 }] })
  assert.deepEqual([hour(100, 200), hour(99, 200), hour(200, 1_000)], [[], ['deliveries.dropped hour warning'], ['volume.high hour warning']])
  assert.deepEqual(fired({ hours: [{ organization: O1, delivered: 0, accepted: 9_999, usualDelivered: 0, usualAccepted: 0 }] }), [])
  assert.deepEqual([NOW_MS - HOUR_MS + 1, NOW_MS - HOUR_MS].map((failingSinceMs) => fired({ endpoints: [{ organization: O1, id: 'h1', failingSinceMs }] })), [[], ['webhook.failing h1 warning']])
})

test('an alert is told of when it begins, when it gets worse and when it is over, and not when it comes back within the hour', () => {
  const firing = (severity: Firing['severity']): Firing => ({ organization: O1, rule: 'queue.old', subject: 'gmail', severity, text: { en: 'x', id: 'x' } })
  let known: readonly Alert[] = []
  const look = (now: readonly Firing[], atMs: number): readonly string[] => {
    const changes = reconcile(known, now, atMs)
    known = after(known, changes)
    return changes.map((change) => change.do)
  }
  const steps = [
    [[firing('warning')], 0, ['raise']], [[firing('warning')], 1, []], [[firing('high')], 2, ['raise']], [[firing('warning')], 3, []],
    [[], 4, ['resolve']], [[firing('warning')], 5, ['reopen']], [[], 6, ['resolve']], [[], 7, []], [[firing('warning')], 7 + HOUR_MS, ['raise']],
  ] as const
  for (const [now, atMs, expected] of steps) assert.deepEqual(look(now, atMs), expected, `at ${atMs}`)
})

test('whatever happens, what fires is open and what does not is resolved', () => {
  const subject = fc.constantFrom('a', 'b', 'c')
  const firing = fc.uniqueArray(fc.record({ organization: fc.constant(O1), rule: fc.constant('queue.old' as const), subject, severity: fc.constantFrom('warning' as const, 'high' as const, 'critical' as const), text: fc.constant({ en: '', id: '' }) }), { selector: (each) => each.subject })
  fc.assert(
    fc.property(fc.array(fc.tuple(firing, fc.nat(2 * HOUR_MS))), (looks) => {
      let known: readonly Alert[] = []
      let atMs = 0
      for (const [now, passed] of looks) {
        atMs += passed
        known = after(known, reconcile(known, now, atMs))
        assert.deepEqual(known.filter(({ resolvedMs }) => resolvedMs === null).map((alert) => alert.subject).toSorted(), now.map((each) => each.subject).toSorted())
      }
    }),
  )
})

test('the mail of an alert has one line for a subject, whatever a name in it holds', () => {
  const story = { rule: 'queue.old', subject: 'x', severity: 'high', texts: { en: 'a\r\nBcc: x', id: 'b' } } as const
  assert.deepEqual(alertNotice(story, 'alert.raised', 'en').subject, 'Needs attention: a Bcc: x')
  assert.deepEqual(alertNotice(story, 'alert.resolved', 'id').subject, 'Selesai: b')
})
