import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DAY_MS } from '../../src/base/duration.ts'
import { advanceReader, eventsAfter } from '../../src/core/event/sql.ts'
import { fillTraceIndex } from '../../src/core/event/sql-trace.ts'
import { forgetStats } from '../../src/core/stats/sql-count.ts'
import { countedTo, fillStats } from '../../src/core/stats/sql-follow.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { LOOKS } from '../support/events.ts'
import { NOW_MS } from '../support/people.ts'
import { storedStats } from '../support/sql-stats.ts'
import { appendStatsLog, sortedRows } from '../support/stats-fill.ts'
import { randomLog } from '../support/stats-log.ts'
import { recount } from '../support/stats-recount.ts'
import { makePlace, type Opened, openPlace } from './retention-house.ts'

const REMOVER = fileURLToPath(new URL('remover.ts', import.meta.url))
const START_MS = Math.floor(NOW_MS / DAY_MS) * DAY_MS
const READERS = ['trace', 'notice', 'suppression', 'sending', 'bayes', 'pretend', 'standing', 'owner-notice', 'webhook']
const { signal } = new AbortController()

/** Runs that are killed, unless all is removed before; and runs altogether, of which each takes some seconds at most. */
const KILLED = 9
const MOST_RUNS = 60

const EVENTS = statement<Record<never, never>, { n: number }>('SELECT CAST(count(*) AS INTEGER) AS n FROM event')
const KEYS = statement<Record<never, never>, { n: number }>('SELECT CAST(count(DISTINCT event) AS INTEGER) AS n FROM trace_key')

/** Counts everything, and returns the place of the last event. */
async function countAll({ db, stats }: Opened): Promise<string> {
  const there = (await db.one(EVENTS, {}))?.n ?? 0
  let last = ''
  // PostgreSQL shows an event when older transactions of the whole server have ended.
  for (let look = 0, seen = 0; look < LOOKS && seen < there; look++) {
    const page = await eventsAfter(db, last, 500)
    last = page.at(-1)?.position ?? last
    seen += page.length
  }
  for (let look = 0; look < LOOKS && (await countedTo(stats)) !== last; look++) await fillStats(db, stats, signal)
  return last
}

test('whenever the process that removes events is killed, statistics that are counted anew are those of all events, and nothing that is gone is found', async () => {
  await using place = await makePlace()
  const log = randomLog(21, 1_200, START_MS)
  const expected = sortedRows(recount(log))
  {
    await using opened = openPlace(place.name)
    await appendStatsLog(opened.db, log)
    const position = await countAll(opened)
    await fillTraceIndex(opened.db, opened.traces, signal)
    for (const reader of READERS) await opened.db.write(advanceReader, { reader, position })
  }
  let kills = 0
  let left = log.length
  for (let round = 0; left > 1 && round < MOST_RUNS; round++) {
    const child = spawn(process.execPath, [REMOVER, place.name, String(START_MS + 300 * DAY_MS), String(round < KILLED ? randomInt(100, 1_500) : 0)], { stdio: ['ignore', 'inherit', 'inherit'] })
    const [code, by] = (await once(child, 'exit')) as [number | null, string | null]
    assert.ok(code === 0 || by === 'SIGKILL', `it ended with ${code}, ${by}`)
    kills += Number(by === 'SIGKILL')
    await using opened = openPlace(place.name)
    left = (await opened.db.one(EVENTS, {}))?.n ?? 0
    if (round % 3 !== 0) continue
    await opened.stats.write(forgetStats, {})
    await countAll(opened)
    assert.deepEqual(await storedStats(opened.stats), expected, `after ${kills} kills`)
  }
  await using opened = openPlace(place.name)
  assert.deepEqual([left, (await opened.traces.one(KEYS, {}))?.n], [1, 1])
  assert.ok(kills > 0)
  await opened.stats.write(forgetStats, {})
  await countAll(opened)
  assert.deepEqual(await storedStats(opened.stats), expected)
})
