import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readStats } from '../../src/core/stats/sql-read.ts'
import { openTestDatabase } from '../support/database.ts'
import { appendStatsLog, fillAll, sortedRows } from '../support/stats-fill.ts'
import { NOW_MS } from '../support/people.ts'
import { storedStats } from '../support/sql-stats.ts'
import { randomLog } from '../support/stats-log.ts'
import { recount } from '../support/stats-recount.ts'

const DAY_MS = 86_400_000
const START_MS = Math.floor(NOW_MS / DAY_MS) * DAY_MS

test('200,000 events come to what a recount of them says', async () => {
  await using opened = await openTestDatabase()
  const log = randomLog(200, 200_000, START_MS)
  await appendStatsLog(opened.db, log)
  await fillAll(opened, log.length)
  const expected = recount(log)
  assert.deepEqual(await storedStats(opened.stats), sortedRows(expected))
  const { rows } = await readStats(opened.stats, { organization: 'o1', fromMs: START_MS, toMs: START_MS + 366 * DAY_MS, step: 'day', series: true, groupBy: 'category', where: { stream: null, provider: null, domain: null, source: null, pool: null, category: null, tag: null } })
  const accepted = [...expected].filter(([key]) => key.startsWith('o1 day ')).reduce((sum, [, counts]) => sum + (counts['accepted'] ?? 0), 0)
  assert.equal(rows.reduce((sum, { counts }) => sum + (counts.accepted ?? 0), 0), accepted)
})
