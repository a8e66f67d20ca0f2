import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { adviseAddresses, gradeOf, placementOf } from './dedicated.ts'
import type { SendingHistory } from './dedicated.ts'

const LARGE: SendingHistory = {
  windows: [150_000, 120_000, 20_000], sendingDays: 20, peakHour: 5000, peakDay: 20_000, transactional: 0, needsFailover: false, hasDedicated: false, lowDays: 0,
}

test('Who sends 100,000 a month in two of three months, on twelve days, gets an address of his own', () => {
  const advice = adviseAddresses(LARGE)
  assert.deepEqual([advice.advice, advice.addresses, advice.separateTransactional, advice.mayMix], ['dedicated', 1, false, false])
  assert.ok(advice.reasons.every(({ en, id }) => en !== '' && id !== '' && en !== id))
})

test('Who sends less, or seldom, is better off on shared addresses, and is told why', () => {
  const few = adviseAddresses({ ...LARGE, windows: [150_000, 99_999, 99_999] })
  assert.deepEqual([few.advice, few.addresses, few.reasons.length], ['shared', 0, 1])
  const seldom = adviseAddresses({ ...LARGE, sendingDays: 11 })
  assert.equal(seldom.advice, 'shared')
  assert.match(seldom.reasons[0]?.en ?? '', /^Mail on 11 days of 30/)
  assert.equal(adviseAddresses({ ...LARGE, windows: [0, 0, 0], sendingDays: 0 }).reasons.length, 2)
})

test('Addresses are counted by the peak; two where one may fail; one more for much transactional mail', () => {
  const count = (more: Partial<SendingHistory>): number => adviseAddresses({ ...LARGE, ...more }).addresses
  assert.equal(count({ peakHour: 15_001 }), 2)
  assert.equal(count({ peakDay: 400_001 }), 3)
  assert.equal(count({ peakDay: 300_001 }), 2)
  assert.equal(count({ needsFailover: true }), 2)
  assert.equal(count({ transactional: 100_000 }), 2)
  assert.equal(adviseAddresses({ ...LARGE, peakDay: 50_000 }).mayMix, true)
})

test('Two quiet months bring a tenant back to shared addresses; one month does not', () => {
  const quiet = { ...LARGE, windows: [10_000, 10_000, 10_000] as const, hasDedicated: true }
  assert.equal(adviseAddresses({ ...quiet, lowDays: 60 }).advice, 'return-to-shared')
  assert.equal(adviseAddresses({ ...quiet, lowDays: 59 }).advice, 'dedicated')
})

test('A score decides the pool, but only two days in a row move a tenant', () => {
  assert.deepEqual([100, 80, 79, 50, 49, 0].map(gradeOf), ['A', 'A', 'B', 'B', 'C', 'C'])
  assert.equal(placementOf([90, 40], 'A'), 'A')
  assert.equal(placementOf([60, 60], 'A'), 'B')
  assert.equal(placementOf([40, 60], 'A'), 'B')
  assert.equal(placementOf([40, 40], 'A'), 'C')
  assert.equal(placementOf([90, 60], 'C'), 'B')
  assert.equal(placementOf([90, 40], 'B'), 'B')
  assert.equal(placementOf([90], 'C'), 'C')
  assert.equal(placementOf([], 'B'), 'B')
})

test('Whatever was sent, advice has reasons and a number of addresses that fits it', () => {
  const count = fc.nat(2_000_000)
  const history = fc.record({
    windows: fc.tuple(count, count, count), sendingDays: fc.nat(30), peakHour: fc.nat(100_000), peakDay: fc.nat(1_000_000), transactional: count,
    needsFailover: fc.boolean(), hasDedicated: fc.boolean(), lowDays: fc.nat(100),
  })
  fc.assert(
    fc.property(history, (history) => {
      const { advice, addresses, reasons } = adviseAddresses(history)
      assert.ok(reasons.length > 0)
      assert.equal(addresses > 0, advice === 'dedicated')
      if (advice === 'dedicated') assert.ok(addresses * 15_000 >= history.peakHour && addresses * 200_000 >= history.peakDay)
      if (advice === 'return-to-shared') assert.ok(history.hasDedicated)
    }),
  )
})
