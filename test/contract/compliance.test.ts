import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeSenders } from '../../src/app/job/placements.ts'
import type { Domain, OrganizationId } from '../../src/base/brand.ts'
import { DAY_MS } from '../../src/base/duration.ts'
import { dailyScore } from '../../src/core/compliance/daily-score.ts'
import { shownCompliance } from '../../src/core/compliance/api.ts'
import { compliancePage } from '../../src/core/compliance/page.ts'
import { knownOf } from '../../src/core/compliance/sql-compliance.ts'
import { recordConsent } from '../../src/core/consent/sql.ts'
import { noteLook } from '../../src/core/domain/proof/sql-look.ts'
import { placementIn, unplaced } from '../../src/core/pool/sql-placement.ts'
import { keepReports } from '../../src/core/report/sql-received.ts'
import type { AskStats } from '../../src/core/stats/asked.ts'
import { readStats } from '../../src/core/stats/sql-read.ts'
import { openTestDatabase } from '../support/database.ts'
import { mailing } from '../support/mailing.ts'
import { makeHome, NOW_MS } from '../support/people.ts'
import { appendStatsLog, fillAll } from '../support/stats-fill.ts'

test('the page of a domain tells what its looks, reports of others, consents and statistics say, of its organization alone', async () => {
  await using opened = await openTestDatabase()
  const { db, stats } = opened
  const organization = await makeHome(db)
  const name = 'home.example' as Domain
  const page = async (nowMs = NOW_MS) => shownCompliance(await compliancePage((asked) => readStats(stats, asked), organization, name, await knownOf(db, { organization, name }, nowMs), nowMs), await placementIn(db, organization))
  const stateOf = ({ requirements }: Awaited<ReturnType<typeof page>>, id: string) => requirements.find((each) => each.id === id)?.state
  const empty = await page()
  assert.deepEqual([empty.state, stateOf(empty, 'spf'), empty.spam_rate, empty.errors, empty.auth_pass_rate, empty.score.points], ['unknown', 'unknown', [], [], null, 100])
  for (const nowMs of [NOW_MS - DAY_MS, NOW_MS - 1]) await db.write(noteLook, { name, organization, failed: ['ptr'], unknown: [], nowMs })
  const report = { kind: 'dmarc', domain: name, reporter: 'them', message: 'm', document: {} as never } as const
  const times = (ago: number) => ({ beginMs: NOW_MS - ago, endMs: NOW_MS - ago + 1, receivedMs: NOW_MS })
  const reports = [
    { ...report, id: 'a', organization, reportId: '1', passed: 99, failed: 1, ...times(DAY_MS) },
    { ...report, id: 'b', organization, reportId: '2', passed: 0, failed: 500, ...times(31 * DAY_MS) },
    { ...report, id: 'c', organization: 'o2' as never, reportId: '3', passed: 0, failed: 500, ...times(DAY_MS) },
  ]
  await db.write(keepReports, { reports, position: 'x' as never })
  await db.write(recordConsent, { organization, id: 'g1', address: 'a@yahoo.com', stream: 'broadcast', source: 'x', wording: 'y', version: null, client: null, proof: null, givenMs: NOW_MS, recordedMs: NOW_MS })
  const log = [...mailing({ organization, stream: 'broadcast', name: 'a', count: 100, complaints: 1, atMs: NOW_MS - 2 * DAY_MS }), ...mailing({ organization, stream: 'broadcast', name: 'b', count: 100, complaints: 0, atMs: NOW_MS - DAY_MS }), ...mailing({ organization: 'o2' as never, stream: 'broadcast', name: 'c', count: 9, complaints: 9, atMs: NOW_MS - DAY_MS })]
  await appendStatsLog(db, log)
  await fillAll(opened, log.length + 3) // Of the organization, its domain and its failing check, too.
  const full = await page()
  assert.deepEqual([full.state, stateOf(full, 'ptr'), stateOf(full, 'spf'), stateOf(full, 'aligned'), stateOf(full, 'consent'), stateOf(full, 'spam-rate')], ['fail', 'fail', 'pass', 'pass', 'pass', 'unknown'])
  assert.deepEqual(full.spam_rate.map(({ delivered, complained, rate }) => [delivered, complained, rate]), [[100, 1, 0.01], [100, 0, 0]])
  assert.deepEqual([full.auth_pass_rate, full.score.points, full.score.grade], [0.99, 59, 'B'])
  assert.match(full.requirements.find(({ id }) => id === 'spam-rate')?.evidence.en ?? '', /^0\.5 % of 200 .* 1 days in a row/)
  assert.match(full.requirements.find(({ id }) => id === 'ptr')?.evidence.id ?? '', /gagal, terakhir diperiksa 2026-01-02T03:04Z/)
})

test('each organization is scored once a day, and two days in a row move it; too little mail says nothing', async () => {
  await using opened = await openTestDatabase()
  const { db, stats } = opened
  const organization = await makeHome(db)
  const run = async (day: number): Promise<unknown> => {
    await placeSenders({ db, stats, clock: { nowMs: () => NOW_MS + day * DAY_MS } }, new AbortController().signal)
    assert.deepEqual(await unplaced(db, NOW_MS + day * DAY_MS), [])
    return await placementIn(db, organization)
  }
  const log = [
    ...mailing({ organization, stream: 'broadcast', name: 'a', count: 100, complaints: 0, atMs: NOW_MS }),
    ...mailing({ organization, stream: 'broadcast', name: 'b', count: 50, complaints: 50, atMs: NOW_MS + 3 * DAY_MS }),
  ]
  assert.deepEqual(await run(0), { grade: 'B', sinceMs: NOW_MS, points: null, pointsBefore: null })
  await appendStatsLog(db, log)
  await fillAll(opened, log.length + 2) // Of the organization and its domain, too.
  assert.deepEqual(await run(0), { grade: 'B', sinceMs: NOW_MS, points: null, pointsBefore: null })
  assert.deepEqual(await run(1), { grade: 'B', sinceMs: NOW_MS, points: 100, pointsBefore: null })
  assert.deepEqual(await run(2), { grade: 'A', sinceMs: NOW_MS + 2 * DAY_MS, points: 100, pointsBefore: 100 })
  await db.write(keepReports, { reports: [failed({ organization, atMs: NOW_MS })], position: 'x' as never })
  // All that others reported has failed, and a third is complained about: 40 and 20 are taken.
  assert.deepEqual(await run(4), { grade: 'A', sinceMs: NOW_MS + 2 * DAY_MS, points: 40, pointsBefore: null })
  assert.deepEqual(await run(5), { grade: 'C', sinceMs: NOW_MS + 5 * DAY_MS, points: 40, pointsBefore: 40 })
  // Three days later the 100 are forgotten.
  assert.deepEqual(await run(9), { grade: 'C', sinceMs: NOW_MS + 5 * DAY_MS, points: null, pointsBefore: null })
})

test('mail that came back later, because there is no such mailbox, takes from the score as if it had been refused', async () => {
  await using opened = await openTestDatabase()
  const { db, stats } = opened
  const organization = await makeHome(db)
  const log = mailing({ organization, stream: 'broadcast', name: 'a', count: 1_000, complaints: 0, late: 50, atMs: NOW_MS })
  await appendStatsLog(db, log)
  await fillAll(opened, log.length + 2) // Of the organization and its domain, too.
  const ask: AskStats = (asked) => readStats(stats, asked)
  const reported = { passed: 0, failed: 0 }
  // Half of five in a hundred is half of what they may take.
  assert.equal(await dailyScore(ask, organization, reported, NOW_MS + DAY_MS), 87)
  const { score, requirements } = await compliancePage(ask, organization, 'home.example', { failing: null, lookedMs: null, reported, consents: 0 }, NOW_MS)
  assert.deepEqual([score.points, score.parts.map(({ taken }) => taken)], [87, [0, 13, 0, 0]])
  assert.match(requirements.find(({ id }) => id === 'bounces')?.evidence.en ?? '', /^2\.5 % /)
})

function failed({ organization, atMs }: { readonly organization: OrganizationId; readonly atMs: number }) {
  return { kind: 'dmarc', domain: 'other.example' as Domain, reporter: 'them', message: 'm', document: {} as never, id: 'f', organization, reportId: '9', passed: 0, failed: 5, beginMs: atMs, endMs: atMs + 1, receivedMs: atMs } as const
}
