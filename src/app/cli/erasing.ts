import { setTimeout as wait } from 'node:timers/promises'
import { join } from 'node:path'
import { systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import type { Erasure } from '../../core/subject/erasure.ts'
import { erasureById } from '../../core/subject/sql-erasure.ts'
import { erase } from '../../core/subject/sql-run.ts'
import { FileBlobStore } from '../../infra/blob/files.ts'
import type { Database } from '../../infra/db/database.ts'
import { segmentReader } from '../backend/bytes.ts'
import { compactSegments } from '../compact.ts'
import type { Config } from '../config/config.ts'
import { cutLogs, openTraceIndex } from '../derived.ts'
import { segmentsThere } from '../job/erase.ts'
import { lockDataDir } from '../lock.ts'
import { remark } from './say.ts'

/** How often it is looked how far an erasure is that a running server does. */
const LOOK_EVERY_MS = 1_000

const NEVER = new AbortController().signal

/** Watches a running server do an erasure, or does it here when none runs. Returns when it is done, or when nothing can be done but wait. */
export async function finishErasure(db: Database, config: Config, { organization, id }: Pick<Erasure, 'organization' | 'id'>): Promise<Erasure> {
  const asked = await erasureById(db, organization, id)
  if (asked === null) throw new Error(`erasure ${id} is gone`)
  const lock = lockDataDir(config.dataDir)
  let erasure = asked
  try {
    while ((erasure.state === 'rows' && erasure.waiting === 0) || (erasure.state === 'files' && erasure.segments.length === 0)) {
      if (erasure.state === 'rows') remark(`pass ${erasure.pass + 1}: ${erasure.changed} rows so far`)
      if (lock.ok) erasure = await here(db, config, erasure)
      else await wait(LOOK_EVERY_MS)
      erasure = (await erasureById(db, asked.organization, asked.id)) ?? erasure
    }
    if (lock.ok && erasure.state === 'files') erasure = await here(db, config, erasure)
    return (await erasureById(db, asked.organization, asked.id)) ?? erasure
  } finally {
    if (lock.ok) lock.value.release()
  }
}

async function here(db: Database, config: Config, erasure: Erasure): Promise<Erasure> {
  await using traces = openTraceIndex(config, db)
  await using blobs = new FileBlobStore({ folder: join(config.dataDir, 'segments'), writer: 'erase', nowMs: Date.now, log: silentLog })
  if (erasure.state === 'files') await compactSegments({ db, blobs, nowMs: Date.now, settledMs: 0, forced: new Set(erasure.segments), log: silentLog }, NEVER)
  return await erase({ db, traces: traces.db, clock: systemClock, segments: segmentReader(blobs), areThere: segmentsThere(blobs), cutLogs: () => cutLogs(config) }, erasure, NEVER)
}

/** What an erasure came to, in a sentence. */
export function sentenceOf({ id, state, changed, waiting }: Erasure): string {
  if (state === 'done') return `erased: ${changed} rows were rewritten or removed`
  if (waiting > 0) return `${changed} rows were rewritten or removed; ${waiting} messages wait to be sent to somebody else, and the server goes on then (erasure ${id})`
  return `${changed} rows were rewritten or removed; the server makes what held large messages anew, which takes an hour or two (erasure ${id})`
}
