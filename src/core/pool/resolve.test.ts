import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OrganizationId } from '../../base/brand.ts'
import { explainLimits } from './explain.ts'
import { DEFAULT_LIMITS, limitsFault, TLS_NEEDS } from './lane-limits.ts'
import type { SomeLimits } from './lane-limits.ts'
import { burstOf, isSlower, perMinute, perSecond, sayRate, shareOf } from './rate.ts'
import { limitsOf } from './resolve.ts'
import type { Adjustment, LimitsQuestion, Override } from './resolve.ts'

const ORG = 'o-one' as OrganizationId
const ASK: LimitsQuestion = { domain: 'shop.example', provider: null, source: '192.0.2.1', sourceAgeDays: 60, organization: null, overrides: [], adjustments: [] }
const RULE: Adjustment = { rule: 'A1', untilMs: 0, state: 'active', rate: null, connections: null, messagesPerConnection: null, tls: null }

test('Without anything known, the default holds, and says so', () => {
  assert.deepEqual(limitsOf(ASK).limits, DEFAULT_LIMITS.warm)
  const { limits, origins } = limitsOf({ ...ASK, sourceAgeDays: 29 })
  assert.deepEqual(limits, DEFAULT_LIMITS.cold)
  assert.ok(Object.values(origins).every(({ kind }) => kind === 'default'))
})

test('A provider’s row goes before the default, by the age of the source', () => {
  const cold = limitsOf({ ...ASK, provider: 'gmail', sourceAgeDays: 0 })
  assert.deepEqual([cold.limits.connections, cold.limits.rate, cold.limits.tls], [5, perMinute(20), 'require'])
  assert.deepEqual(cold.origins.rate, { kind: 'provider', provider: 'gmail', age: 'cold' })
  assert.deepEqual(cold.origins.idleMs, { kind: 'default' })
  const warm = limitsOf({ ...ASK, provider: 'gmail', sourceAgeDays: 30 })
  assert.deepEqual([warm.limits.connections, warm.limits.rate], [20, perSecond(20)])
})

test('The operator’s word for a provider or a domain replaces, the nearest domain last', () => {
  const overrides: readonly Override[] = [
    { level: 'domain', domain: 'mail.shop.example', limits: { connections: 9 } },
    { level: 'domain', domain: 'shop.example', limits: { connections: 50, rate: perSecond(100) } },
    { level: 'provider', provider: 'gmail', limits: { connections: 40 } },
    { level: 'domain', domain: 'hop.example', limits: { connections: 1 } },
  ]
  const { limits, origins } = limitsOf({ ...ASK, provider: 'gmail', overrides })
  assert.equal(limits.connections, 50)
  assert.equal(limits.burst, 100)
  assert.deepEqual(origins.connections, { kind: 'override', level: 'domain', key: 'shop.example' })
  assert.equal(limitsOf({ ...ASK, domain: 'mail.shop.example', overrides }).limits.connections, 9)
  assert.equal(limitsOf({ ...ASK, domain: 'x.example', provider: 'gmail', overrides }).limits.connections, 40)
  assert.equal(limitsOf({ ...ASK, overrides: overrides.slice(3) }).limits.connections, 5)
})

test('A source and a tenant may have less than others, and not more', () => {
  const overrides: readonly Override[] = [
    { level: 'source', source: '192.0.2.1', limits: { connections: 500, rate: perMinute(1) } },
    { level: 'tenant', organization: ORG, limits: { connections: 2, tls: 'disable' } },
  ]
  const shared = limitsOf({ ...ASK, overrides })
  assert.equal(shared.limits.connections, 5)
  assert.deepEqual([shared.limits.rate, shared.limits.burst], [perMinute(1), 1])
  const own = limitsOf({ ...ASK, organization: ORG, overrides })
  assert.deepEqual([own.limits.connections, own.limits.tls], [2, 'opportunistic'])
  assert.deepEqual(own.origins.connections, { kind: 'override', level: 'tenant', key: ORG })
})

test('Of several rules the lowest limit holds, and shares are of what holds without rules', () => {
  const adjustments: readonly Adjustment[] = [
    { ...RULE, rule: 'A52', connections: { atMost: null, percent: 50 } },
    { ...RULE, rule: 'A53', rate: { atMost: null, percent: 50 }, connections: { atMost: null, percent: 50 } },
    { ...RULE, rule: 'A1', rate: { atMost: perMinute(10), percent: null } },
  ]
  const { limits, origins } = limitsOf({ ...ASK, provider: 'gmail', adjustments })
  assert.deepEqual([limits.connections, limits.rate, limits.burst], [10, perMinute(10), 1])
  assert.deepEqual(origins.connections, { kind: 'rule', rule: 'A52', untilMs: 0, state: 'active' })
  assert.equal(origins.rate.kind === 'rule' && origins.rate.rule, 'A1')
})

test('Recovery is a share, but never below what the rule allowed', () => {
  const recovering = (percent: number): Adjustment => ({ ...RULE, state: 'recovering', rate: { atMost: perMinute(10), percent } })
  assert.deepEqual(limitsOf({ ...ASK, adjustments: [recovering(25)] }).limits.rate, { count: 125, perMs: 100_000 })
  assert.deepEqual(limitsOf({ ...ASK, sourceAgeDays: 0, adjustments: [recovering(25)] }).limits.rate, perMinute(10))
})

test('Whatever the rules say, limits stay limits and only get narrower', () => {
  const rate = fc.record({ count: fc.integer({ min: 1, max: 1000 }), perMs: fc.integer({ min: 1, max: 3_600_000 }) })
  const percent = fc.integer({ min: 1, max: 100 })
  const narrowing = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<{ atMost: T | null; percent: number | null } | null> =>
    fc.option(fc.tuple(fc.option(value), fc.option(percent)).map(([atMost, percent]) => ({ atMost, percent })))
  const adjustment: fc.Arbitrary<Adjustment> = fc.record({
    rule: fc.constant('A1'), untilMs: fc.option(fc.nat()), state: fc.constantFrom('active', 'recovering'), rate: narrowing(rate),
    connections: narrowing(fc.integer({ min: 1, max: 50 })), messagesPerConnection: fc.option(fc.integer({ min: 1, max: 100 })), tls: fc.option(fc.constantFrom(...TLS_NEEDS)),
  })
  const question = fc.record({ provider: fc.constantFrom(null, 'gmail', 'qq', 't-online'), sourceAgeDays: fc.nat(60), adjustments: fc.array(adjustment, { maxLength: 5 }) })
  fc.assert(
    fc.property(question, (asked) => {
      const before = limitsOf({ ...ASK, ...asked, adjustments: [] }).limits
      const { limits } = limitsOf({ ...ASK, ...asked })
      assert.ok(limits.connections >= 1 && limits.connections <= before.connections)
      assert.ok(limits.messagesPerConnection <= before.messagesPerConnection && limits.burst >= 1 && limits.burst <= before.burst)
      assert.ok(!isSlower(before.rate, limits.rate))
      assert.ok(TLS_NEEDS.indexOf(limits.tls) >= TLS_NEEDS.indexOf(before.tls))
    }),
  )
})

test('Every limit is explained in both languages, with who said so', () => {
  const adjustments = [{ ...RULE, untilMs: Date.UTC(2026, 10, 23), rate: { atMost: perMinute(10), percent: null } }]
  const overrides: readonly Override[] = [{ level: 'domain', domain: 'shop.example', limits: { connections: 3 } }]
  const lines = explainLimits(limitsOf({ ...ASK, provider: 'gmail', sourceAgeDays: 3, adjustments, overrides }))
  assert.equal(lines.length, Object.keys(DEFAULT_LIMITS.cold).length)
  const text = (limit: string): unknown => lines.find((line) => line.limit === limit)?.text
  assert.deepEqual(text('connections'), {
    en: 'Connections from this source: 3 (set here for the domain shop.example)',
    id: 'Koneksi dari sumber ini: 3 (diatur di sini untuk domain shop.example)',
  })
  assert.deepEqual(text('rate'), {
    en: 'Messages: 10 a minute (rule A1 until 2026-11-23T00:00:00.000Z: Gmail sees too much unwanted mail from this address.)',
    id: 'Pesan: 10 per menit (aturan A1 sampai 2026-11-23T00:00:00.000Z: Gmail melihat terlalu banyak surat tak diinginkan dari alamat IP ini.)',
  })
  assert.deepEqual(text('tls'), { en: 'TLS: always (gmail, for a new source)', id: 'TLS: wajib (gmail, untuk sumber baru)' })
  assert.deepEqual(text('idleMs'), { en: 'Idle connections are closed after: 1 min (the default)', id: 'Koneksi menganggur ditutup setelah: 1 min (bawaan)' })
})

test('Limits that are none are named', () => {
  const wrong: readonly (readonly [SomeLimits, RegExp])[] = [
    [{ connections: 0 }, /^connections: want a whole number from 1 to 500, got 0$/],
    [{ burst: 1.5 }, /^burst: /],
    [{ rate: { count: 0, perMs: 1 } }, /^rate: count/],
    [{ rate: { count: 1, perMs: 1e12 } }, /^rate: perMs/],
    [{ tls: 'maybe' as 'require' }, /^tls: want one of/],
    [{ family: 'v5' as 'v4' }, /^family: /],
    [{ speed: 1 } as SomeLimits, /^speed: no such limit$/],
  ]
  for (const [limits, message] of wrong) assert.match(limitsFault(limits) ?? '', message)
  assert.equal(limitsFault(DEFAULT_LIMITS.cold), null)
})

test('A slow rate keeps its burst small, and a share of it never stands still', () => {
  assert.deepEqual([perMinute(5), perMinute(10), perMinute(30), perSecond(1), perSecond(20)].map(burstOf), [1, 1, 5, 5, 20])
  assert.deepEqual(shareOf(perMinute(2), 10), perMinute(1))
  assert.deepEqual(shareOf({ count: 1, perMs: 3_600_000 }, 10), { count: 1, perMs: 3_600_000 })
  assert.deepEqual(sayRate(perSecond(20)), { en: '20 a second', id: '20 per detik' })
  assert.deepEqual(sayRate({ count: 1, perMs: 600_000 }), { en: '6 an hour', id: '6 per jam' })
})
