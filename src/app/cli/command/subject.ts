import { setTimeout as wait } from 'node:timers/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { systemClock } from '../../../base/clock.ts'
import { silentLog } from '../../../base/log.ts'
import { accountByLogin } from '../../../core/account/sql.ts'
import { newErasure, subjectOf } from '../../../core/subject/ask.ts'
import type { Erasure } from '../../../core/subject/erasure.ts'
import { askErasure, erasureById } from '../../../core/subject/sql-erasure.ts'
import { heldAbout } from '../../../core/subject/sql-export.ts'
import { erase } from '../../../core/subject/sql-run.ts'
import { FileBlobStore } from '../../../infra/blob/files.ts'
import type { Database } from '../../../infra/db/database.ts'
import { compactSegments } from '../../compact.ts'
import type { Config } from '../../config/config.ts'
import { cutLogs, openTraceIndex } from '../../derived.ts'
import { segmentsThere } from '../../job/erase.ts'
import { lockDataDir } from '../../lock.ts'
import { userName } from '../audited.ts'
import { ownerOf } from '../owner.ts'
import { complain, EXIT, remark, say, sayOne } from '../say.ts'
import { sure } from '../sure.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface SubjectOptions extends ToolOptions {
  readonly organization?: string
  readonly yes?: boolean
}

/** How often it is looked how far an erasure is that a running server does. */
const LOOK_EVERY_MS = 1_000

const NEVER = new AbortController().signal

/** `merpati subject`: what somebody may ask an organization to do with what it holds about them. */
export function addSubject(program: Command): void {
  const group = program.command('subject').description('give out, or erase, what an organization holds about an address')
  onOrganization(group.command('export <address>'))
    .description('print everything that is held about an address, a line of JSON for each thing')
    .action((given: string, options: SubjectOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        const subject = owner === null ? null : await subjectOf(given, async () => false)
        if (owner === null || subject === null) return
        if (!subject.ok) return complain(`${given} is no address`)
        for await (const held of heldAbout(db, owner.id, subject.value)) say(JSON.stringify(held))
      }),
    )
  onOrganization(group.command('erase <address>'))
    .description('erase what is held about an address; who was suppressed stays so, as a keyed hash')
    .option('--yes', 'do it')
    .action((given: string, options: SubjectOptions) =>
      withData(options, async (db, config) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const subject = await subjectOf(given, async (login) => (await accountByLogin(db, login)) !== null)
        if (!subject.ok) return complain(subject.error === 'account' ? `${given} is an account here: "merpati account remove" removes it` : `${given} is no address`, EXIT.failed)
        if (!sure(options, `everything that ${owner.name} holds about ${subject.value} would be gone for good`)) return
        const nowMs = Date.now()
        const { auditId, ...fresh } = newErasure(nowMs)
        const audit = { id: auditId, actorKind: 'operator', actor: userName(), action: 'merpati subject erase' } as const
        const id = await db.write(askErasure, { organization: owner.id, ...fresh, address: subject.value, audit, nowMs })
        const asked = await erasureById(db, owner.id, id)
        if (asked === null) throw new Error(`erasure ${id} is gone`)
        const done = await finish(db, config, asked)
        sayOne({ id, state: done.state, changed: done.changed, hash: done.hash }, sentenceOf(done), options)
      }),
    )
}

function onOrganization(command: Command): Command {
  return onData(command).option('--organization <name>', 'whose data, when there are several')
}

/** Watches a running server do it, or does it here when none runs. Returns when it is done, or when nothing can be done but wait. */
async function finish(db: Database, config: Config, asked: Erasure): Promise<Erasure> {
  const lock = lockDataDir(config.dataDir)
  let erasure = asked
  try {
    while (erasure.state === 'rows' && erasure.waiting === 0) {
      remark(`pass ${erasure.pass + 1}: ${erasure.changed} rows so far`)
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
  return await erase({ db, traces: traces.db, clock: systemClock, areThere: segmentsThere(blobs), cutLogs: () => cutLogs(config) }, erasure, NEVER)
}

function sentenceOf({ id, state, changed, waiting }: Erasure): string {
  if (state === 'done') return `erased: ${changed} rows were rewritten or removed`
  if (waiting > 0) return `${changed} rows were rewritten or removed; ${waiting} messages wait to be sent to somebody else, and the server goes on then (erasure ${id})`
  return `${changed} rows were rewritten or removed; the server makes what held large messages anew, which takes an hour or two (erasure ${id})`
}
