import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OrganizationId } from '../../base/brand.ts'
import { HOUR_MS } from '../../base/duration.ts'
import { type Alert, type Change, type Firing, reconcile } from './alert.ts'
import { evaluate, type Facts } from './rules.ts'
import { CALM, type ReputationFacts } from './rules-reputation.ts'
import { QUIET, type Surroundings } from './surroundings.ts'
import { alertNotice } from './words.ts'

const O1 = 'o1' as OrganizationId
const NOW_MS = 100 * 24 * HOUR_MS
const NOTHING: Facts = { operator: O1, queue: [], sources: [], certificates: [], surroundings: QUIET, readers: [], domains: [], standings: [], tries: [], hours: [], endpoints: [], disabled: [], contained: [], reputation: CALM }
const fired = (over: Partial<Facts>): readonly string[] => evaluate({ ...NOTHING, ...over }, NOW_MS).map(({ rule, subject, severity }) => `${rule} ${subject} ${severity}`)

const around = (over: Partial<Surroundings>): readonly string[] => fired({ surroundings: { ...QUIET, ...over } })

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
  assert.deepEqual([0.84, 0.85, 0.96].map((diskUsed) => around({ diskUsed })), [[], ['disk.full data warning'], ['disk.full data critical']])
  const tries = (made: number, deferred: number) => fired({ tries: [{ organization: O1, provider: 'gmail', made, deferred }] })
  assert.deepEqual([tries(99, 99), tries(100, 19), tries(100, 20), tries(100, 50)], [[], [], ['deferrals.high gmail warning'], ['deferrals.high gmail high']])
  const hour = (delivered: number, accepted: number) => fired({ hours: [{ organization: O1, delivered, accepted, usualDelivered: 200, usualAccepted: 200 }] })
  assert.deepEqual([hour(100, 200), hour(99, 200), hour(200, 1_000)], [[], ['deliveries.dropped hour warning'], ['volume.high hour warning']])
  assert.deepEqual(fired({ hours: [{ organization: O1, delivered: 0, accepted: 9_999, usualDelivered: 0, usualAccepted: 0 }] }), [])
  assert.deepEqual([NOW_MS - HOUR_MS + 1, NOW_MS - HOUR_MS].map((failingSinceMs) => fired({ endpoints: [{ organization: O1, id: 'h1', failingSinceMs }] })), [[], ['webhook.failing h1 warning']])
})

test('what is around the program is wrong where the table says, and not before', () => {
  const O2 = 'o2' as OrganizationId
  const minutes = (count: number): number => NOW_MS - count * 60_000
  const scanner = (downSinceMs: number | null, isStale = false) => around({ scanners: [{ name: 'clamav', downSinceMs, isStale }] })
  assert.deepEqual([scanner(null), scanner(minutes(1)), scanner(minutes(2)), scanner(null, true)], [[], [], ['scanner.down clamav high'], ['scanner.stale clamav warning']])
  assert.deepEqual([minutes(1), minutes(2)].map((namesSinceMs) => around({ namesSinceMs })), [[], ['resolver.failing dns high']])
  assert.deepEqual([0, 499, -1_000, 29_000, -30_000].map((clockOffMs) => around({ clockOffMs })), [[], [], ['clock.skewed clock warning'], ['clock.skewed clock warning'], ['clock.skewed clock high']])
  assert.deepEqual([4_999, 5_000].map((databaseTookMs) => around({ databaseTookMs })), [[], ['database.slow database high']])
  assert.deepEqual([59_999, 60_000, 600_000].map((behindMs) => around({ replicas: [{ name: 'b', behindMs }] })), [[], ['replica.behind b warning'], ['replica.behind b high']])
  assert.deepEqual([9, 10, 60].map((count) => fired({ readers: [{ name: 'notice', waitingSinceMs: minutes(count) }] })), [[], ['reader.behind notice warning'], ['reader.behind notice high']])
  assert.deepEqual(around({ certificates: [{ name: 'x', endsMs: NOW_MS }] }), ['certificate.ending x critical'])
  for (const trouble of ['lists-everything', 'lists-nothing', 'error-answer', 'silent']) {
    const [list] = evaluate({ ...NOTHING, surroundings: { ...QUIET, lists: [{ zone: 'bl.example', trouble }] } }, NOW_MS)
    assert.deepEqual([list?.rule, list?.subject, list?.text.en.includes(trouble === 'silent' ? 'does not answer' : 'it '), list?.text.id.includes(trouble)], ['dnslist.failing', 'bl.example', true, false])
  }
  const mailboxes = Array.from({ length: 7 }, (_, i) => ({ organization: i === 6 ? O2 : O1, login: `a${i}@home.example`, used: i === 6 ? 1 : 0.9 }))
  const full = evaluate({ ...NOTHING, surroundings: { ...QUIET, mailboxes } }, NOW_MS)
  assert.deepEqual(full.map(({ organization, rule, severity }) => [organization, rule, severity]), [[O1, 'mailbox.full', 'warning'], [O2, 'mailbox.full', 'high']])
  assert.match(full[0]?.text.en ?? '', /a0@home\.example \(90 %\), .*a4@home\.example \(90 %\) and 1 more$/)
  assert.deepEqual(fired({ disabled: [{ organization: O2, id: 'h1' }], domains: [{ organization: O2, name: 'x.example', state: 'parked', failing: ['spf', 'dkim'] }] }), ['webhook.disabled h1 high', 'domain.failed x.example high'])
  const domain = (...failing: string[]) => fired({ domains: [{ organization: O2, name: 'x.example', state: 'active', failing }] })
  assert.deepEqual([domain('mta-sts'), domain('mta-sts', 'dmarc')], [['domain.failed x.example high'], ['domain.failed x.example critical']])
})

test('what others make of our addresses, and what they have stopped telling, is told from the limits of §6.6 on', () => {
  const calm = (over: Partial<ReputationFacts>): readonly string[] => fired({ reputation: { ...CALM, ...over } })
  const reasons = { en: 'x', id: 'x' }
  const warmup = (step: 'hold' | 'step-back' | 'stop') => calm({ warmups: [{ source: 'a', address: '192.0.2.1', group: 'gmail', step, reasons }] })
  assert.deepEqual([warmup('hold'), warmup('step-back'), warmup('stop')], [['warmup.held a gmail warning'], ['warmup.held a gmail warning'], ['warmup.held a gmail high']])
  assert.deepEqual(calm({ blocks: [{ rule: 'A5', key: 'source-site a gmail', note: reasons }] }), ['lane.blocked A5 source-site a gmail high'])
  assert.deepEqual([100, 101, 1_001].map((refusedLogins) => calm({ refusedLogins })), [[], ['logins.refused logins warning'], ['logins.refused logins high']])
  assert.deepEqual(calm({ accusations: [{ organization: O1, of: 'fraud', deliveries: 1 }] }), [`mail.accused fraud ${O1} high`])
  const reach = (made: number, unreached: number, providers = 2) => calm({ reach: { made, unreached, providers } })
  assert.deepEqual([reach(19, 19), reach(20, 19), reach(20, 20, 1), reach(20, 20)], [[], [], [], ['egress.lost port-25 critical']])
  const spool = (count: number, minutes: number) => calm({ spools: [{ organization: O1, domain: 'far.example', count, oldestMs: NOW_MS - minutes * 60_000, spoolMs: 60 * 60_000 }] })
  assert.deepEqual([spool(1, 14), spool(1, 15), spool(1, 31), spool(1_001, 15)], [[], ['spool.waiting far.example warning'], ['spool.waiting far.example high'], ['spool.waiting far.example high']])
  assert.deepEqual(calm({ silences: [{ organization: O1, kind: 'dmarc', about: 'x.example', lastMs: 0 }] }), ['reports.silent dmarc x.example warning'])
  const tls = (passed: number, failed: number) => calm({ tlsReports: [{ organization: O1, domain: 'x.example', passed, failed }] })
  assert.deepEqual([tls(50, 49), tls(99, 1), tls(98, 2)], [[], [], ['tls.failing x.example high']])
  const list = (added: number, before: number) => around({ suppressions: [{ organization: O1, added, before }] })
  assert.deepEqual([list(49, 0), list(50, 2_500), list(51, 2_500)], [[], [], ['suppressions.growing list warning']])
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
