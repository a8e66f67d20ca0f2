import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DNS_LISTS } from '../../core/filter/table/dns-lists.ts'
import type { HostFinding } from './finding.ts'
import { judgeAddressLists, judgeAge, judgeClock, judgeDatabase, judgeDisk, judgeDomainLists, judgeEgress, judgeQueue, judgeResolver, slowOf } from './judge.ts'

const kinds = (findings: readonly HostFinding[]): readonly string[] => findings.map(({ kind }) => kind)

const hit = (zone: string, value: string, rule: string) => {
  const list = DNS_LISTS.find((each) => each.zone === zone)
  assert.ok(list !== undefined)
  return { list, subject: { kind: zone.startsWith('dbl') ? 'domain' : 'ip4', value }, rules: [rule] } as const
}

test('port 25 is open when servers answer from each address, and blocked when they answer from none', () => {
  const [good, bad] = [{ from: '192.0.2.1', why: null }, { from: '192.0.2.2', why: 'timed out' }]
  assert.deepEqual(kinds([judgeEgress([good]), judgeEgress([good, bad]), judgeEgress([bad])]), ['pass', 'warn', 'fail'])
  assert.match(judgeEgress([bad]).advice?.en ?? '', /outbound\.relay/)
})

test('what a grave list has is a fault, what others have a warning, and without lists nothing is known', () => {
  const sbl = hit('zen.spamhaus.org', '192.0.2.1', 'DNSBL_SBL')
  const psbl = hit('psbl.surriel.com', '192.0.2.1', 'DNSBL_PSBL')
  assert.deepEqual(kinds([judgeAddressLists([], 3), judgeAddressLists([psbl], 3), judgeAddressLists([sbl, psbl], 3), judgeAddressLists([], 0)]), ['pass', 'warn', 'fail', 'unknown'])
  assert.equal(judgeAddressLists([psbl], 3).found, '192.0.2.1 is on psbl.surriel.com')
  const dbl = (rule: string) => judgeDomainLists([hit('dbl.spamhaus.org', 'toko.example', rule)], 1)
  assert.deepEqual(kinds([judgeDomainLists([], 1), dbl('DBL_ABUSED'), dbl('DBL_SPAM'), judgeDomainLists([], 0)]), ['pass', 'warn', 'fail', 'unknown'])
})

test('a resolver that invents names or is silent is a fault; one that is slow or does not validate is told of', () => {
  const facts = { tookMs: 5, isLying: false, validates: true }
  assert.deepEqual(kinds([judgeResolver(facts), judgeResolver({ ...facts, validates: false }), judgeResolver({ ...facts, tookMs: 201 }), judgeResolver({ ...facts, tookMs: null }), judgeResolver({ ...facts, isLying: true })]), ['pass', 'warn', 'warn', 'fail', 'fail'])
})

test('of a resolver the slow answers count, one in twenty is forgiven, and two that never came are silence', () => {
  const quick = Array.from({ length: 18 }, (_, at) => at + 1)
  assert.deepEqual([slowOf([...quick, 20, 900]), slowOf([900, 800, ...quick]), slowOf([null, 21, ...quick]), slowOf([null, null, ...quick]), slowOf([])], [20, 800, 21, null, null])
})

test('a domain younger than a month is told of, and no fault', () => {
  const nowMs = Date.parse('2026-11-26T12:00:00Z')
  const ages = [judgeAge({ kind: 'told', domain: 'toko.example', atMs: nowMs - 29.9 * 86_400_000 }, nowMs), judgeAge({ kind: 'told', domain: 'toko.example', atMs: nowMs - 30 * 86_400_000 }, nowMs), judgeAge({ kind: 'unknown', why: 'nobody told' }, nowMs)]
  assert.deepEqual(ages.map(({ kind, found }) => [kind, found]), [['info', 'toko.example was registered 29 days ago'], ['pass', 'toko.example was registered 30 days ago'], ['unknown', 'nobody told']])
  assert.match(ages[0]?.advice?.id ?? '', /domain baru/)
})

test('clock, disk, database and queue are judged by the limits of the page, either way', () => {
  assert.deepEqual(kinds([999, -1_000, 29_999, -30_000, null].map((offset) => judgeClock(offset, 'nobody told'))), ['pass', 'warn', 'warn', 'fail', 'unknown'])
  assert.deepEqual(kinds([0.69, 0.7, 0.85, null].map(judgeDisk)), ['pass', 'warn', 'fail', 'unknown'])
  assert.deepEqual(kinds([3, 1_000, null].map(judgeDatabase)), ['pass', 'warn', 'fail'])
  const minute = 60_000
  const queues = [[0, 0], [100, 500 * minute], [101, 29 * minute], [101, 30 * minute], [101, 120 * minute]] as const
  assert.deepEqual(kinds(queues.map(([count, oldestMs]) => judgeQueue({ count, oldestMs }))), ['pass', 'pass', 'pass', 'warn', 'fail'])
})

test('who is told what is wrong is told what to do, in both languages', () => {
  for (const { advice, kind } of [judgeEgress([{ from: null, why: 'x' }]), judgeClock(60_000, ''), judgeDisk(0.9), judgeDatabase(null), judgeQueue({ count: 101, oldestMs: 1e8 }), judgeResolver({ tookMs: null, isLying: false, validates: true })]) {
    assert.equal(kind, 'fail')
    assert.ok(advice !== null && advice.en !== advice.id && advice.id.length > 10)
  }
})
