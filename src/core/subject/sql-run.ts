import type { Clock } from '../../base/clock.ts'
import type { MessageId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { forgetKey } from '../event/sql-trace.ts'
import type { SegmentReader } from '../mailbox/body.ts'
import type { Erasure } from './erasure.ts'
import { MAX_WAITING, MESSAGES_A_STEP, ROWS_A_STEP } from './limits.ts'
import { eraseMessages, eraseRows, eraseSuppressed, isMeant } from './sql-erase.ts'
import { endErasure, keepProgress } from './sql-erasure.ts'
import { dropNamed, namedMessages } from './sql-named.ts'
import { beginningOf, keyOf, keyParams, PLACES, placesOn, STATEMENTS } from './sql-places.ts'

// Databases fold what is ASCII; which of the others it is, `eraseMessages` sees.
const TO = statement<{ organization: string; address: string; anyCase: string; after: string }, { message: MessageId }>(
  `SELECT DISTINCT message FROM delivery WHERE organization = $organization AND (lower(recipient) = $address OR lower(recipient) LIKE $anyCase) AND message > $after
  ORDER BY message LIMIT ${MESSAGES_A_STEP}`,
)

/** What an erasure works with. */
export interface EraseOptions {
  readonly db: Database
  /** Where the index of the trace lies. */
  readonly traces: Database
  readonly clock: Clock
  /** Reads large messages. */
  readonly segments: SegmentReader
  /** Whether any of these segments is still there. */
  readonly areThere: (segments: readonly string[]) => Promise<boolean>
  /** Lets no copy of what was changed stay behind in files of databases. False: not now, ask again. */
  readonly cutLogs: () => boolean
}

/**
 * Goes on with an erasure: to the end of a pass, or to its end. Call it again, some seconds later, until it is done: readers of the log may still write down what they
 * had read before. Safe to kill at any moment.
 */
export async function erase(options: EraseOptions, from: Erasure, signal: AbortSignal): Promise<Erasure> {
  const { db, clock } = options
  let erasure = from
  while (!signal.aborted && erasure.state === 'rows') {
    const { pass } = erasure
    const { place, after } = erasure
    erasure = await step(options, erasure)
    if (erasure.waiting > 0 && erasure.place === place && erasure.after?.[0] === after?.[0]) return erasure
    if (erasure.place === 0 && (erasure.pass > pass || erasure.waiting > 0)) return erasure
  }
  if (signal.aborted || (await options.areThere(erasure.segments)) || !options.cutLogs()) return erasure
  await db.write(endErasure, { erasure, nowMs: clock.nowMs() })
  // The end was written down too: the address stands in the log until that is cut once more.
  options.cutLogs()
  return { ...erasure, state: 'done', address: '', segments: [] }
}

async function step(options: EraseOptions, erasure: Erasure): Promise<Erasure> {
  const { db } = options
  if (erasure.place === 0) return await startPass(options, erasure)
  const places = placesOn(db.dialect)
  if (erasure.place === places.length + 1 && erasure.pass === 0) return await lookThroughMessages(options, erasure)
  const number = places[erasure.place - 1]
  if (number === undefined) return await endPass(db, erasure)
  const [place, statements] = [PLACES[number], STATEMENTS[number]]
  if (place === undefined || statements === undefined) throw new Error(`there is no place ${number}`)
  const rows = await db.all(statements.next, { organization: erasure.organization, ...keyParams(erasure.after ?? beginningOf(place)) })
  const keys = rows.filter((row) => isMeant(place, row, erasure.address)).map((row) => keyOf(place, row))
  const last = rows.length < ROWS_A_STEP ? undefined : rows.at(-1)
  const where = last === undefined ? { place: erasure.place + 1, after: null } : { place: erasure.place, after: keyOf(place, last) }
  const next = { ...erasure, ...where, found: erasure.found + keys.length, changed: erasure.changed + keys.length }
  // Where nothing was found, nothing need be written before the place has been gone through.
  if (keys.length > 0) return { ...next, segments: await db.write(eraseRows, { place: number, keys, erasure: next }) }
  if (last === undefined) await db.write(keepProgress, next)
  return next
}

/** What is more than text: messages to the subject, its entries of the suppression list, and what a trace finds it by. */
async function startPass({ db, traces, clock }: EraseOptions, erasure: Erasure): Promise<Erasure> {
  const { organization, address } = erasure
  const segments = new Set(erasure.segments)
  let [found, waiting] = [0, 0]
  for (let after = ''; ; ) {
    const messages = (await db.all(TO, { organization, address, anyCase: anyCaseOf(address), after })).map(({ message }) => message)
    const all = messages.length === 0 ? [] : await db.write(eraseMessages, { organization, address, messages, nowMs: clock.nowMs() })
    for (const { segment } of all) if (segment !== null) segments.add(segment)
    waiting += all.filter(({ kind }) => kind === 'waiting').length
    found += all.filter(({ kind }) => kind === 'erased').length
    after = messages.at(-1) ?? ''
    if (messages.length < MESSAGES_A_STEP) break
  }
  found += await db.write(eraseSuppressed, erasure)
  found += await traces.write(forgetKey, { key: address })
  const next = { ...erasure, found, changed: erasure.changed + found, waiting, segments: [...segments], place: waiting > 0 && erasure.pass > 0 && found === 0 ? 0 : 1, after: null }
  await db.write(keepProgress, next)
  return next
}

/** What the recipients among which the subject is look like: nobody where the database folds every letter of it. */
function anyCaseOf(address: string): string {
  // eslint-disable-next-line no-control-regex -- it is what is meant
  return /^[\u0000-\u007f]*$/.test(address) ? '' : `%${address.slice(address.lastIndexOf('@'))}`
}

/**
 * Messages to others that name the subject: their bytes go. Once, in the first pass: what is sent later is another matter. Where it stands is the last message that was looked through, how many
 * messages to the subject wait, and those that are still to be sent.
 */
async function lookThroughMessages({ db, segments, clock }: EraseOptions, erasure: Erasure): Promise<Erasure> {
  const [last, toSubject, ...open] = erasure.after ?? ['', erasure.waiting]
  const isFull = open.length >= MAX_WAITING
  const { all, named } = isFull ? { all: [], named: [] } : await namedMessages(db, segments, { ...erasure, after: String(last) })
  const tried = [...open.map((id) => String(id) as MessageId), ...named] // Written down below, as they were read.
  const { dropped, open: waiting, segments: lay } = tried.length === 0 ? { dropped: 0, open: [], segments: [] } : await db.write(dropNamed, { organization: erasure.organization, address: erasure.address, messages: tried, nowMs: clock.nowMs() })
  const isThrough = !isFull && all.length < MESSAGES_A_STEP && waiting.length === 0
  const counted = { ...erasure, found: erasure.found + dropped, changed: erasure.changed + dropped, segments: [...new Set([...erasure.segments, ...lay])] }
  const next: Erasure = isThrough
    ? { ...counted, place: erasure.place + 1, after: null, waiting: Number(toSubject) }
    : { ...counted, after: [all.at(-1) ?? String(last), Number(toSubject), ...waiting], waiting: Number(toSubject) + waiting.length }
  await db.write(keepProgress, next)
  return next
}

/** A pass that found nothing is the last: whoever was writing what it had read before has finished. */
async function endPass(db: Database, erasure: Erasure): Promise<Erasure> {
  const isLast = erasure.found === 0 && erasure.waiting === 0
  const next: Erasure = { ...erasure, state: isLast ? 'files' : 'rows', pass: erasure.pass + 1, place: 0, after: null, found: 0 }
  await db.write(keepProgress, next)
  return next
}
