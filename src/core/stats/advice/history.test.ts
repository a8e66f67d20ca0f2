import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS } from '../../../base/duration.ts'
import { adviseAddresses } from '../../pool/dedicated.ts'
import { ADVICE_DAYS, historyOf, type SentLately } from './history.ts'

const NOW = 20_000 * DAY_MS

/** So many deliveries on each of the last days, the newest first. */
function sent(days: readonly number[], over: Partial<SentLately> = {}): SentLately {
  const rows = days.map((accepted, back) => ({ atMs: NOW - (back + 1) * DAY_MS, group: null, counts: { accepted } }))
  return { days: rows, hours: [{ atMs: NOW - DAY_MS, group: null, counts: { accepted: 500 } }], transactional: 0, hasDedicated: false, ownDays: 0, nowMs: NOW, ...over }
}

test('days become windows of 30, the newest first', () => {
  const history = historyOf(sent([...new Array<number>(30).fill(10), ...new Array<number>(30).fill(20), ...new Array<number>(30).fill(0)]))
  assert.deepEqual([history.windows, history.sendingDays, history.peakDay, history.peakHour], [[300, 600, 0], 30, 10, 500])
})

test('an address of one’s own is advised from 100,000 a month on, sent regularly, and given back after 60 low days', () => {
  const advice = (perDay: number, over: Partial<SentLately> = {}): string => adviseAddresses(historyOf(sent(new Array<number>(ADVICE_DAYS).fill(perDay), over))).advice
  assert.deepEqual([advice(3_000), advice(4_000), advice(500), advice(500, { hasDedicated: true, ownDays: 60 })], ['shared', 'dedicated', 'shared', 'return-to-shared'])
  // Who got it lately has had no time to show what it is good for.
  assert.deepEqual([advice(500, { hasDedicated: true }), advice(500, { hasDedicated: true, ownDays: 59 })], ['dedicated', 'dedicated'])
  assert.equal(adviseAddresses(historyOf(sent(new Array<number>(8).fill(50_000)))).advice, 'shared')
})
