import type { MessageId, OrganizationId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { releaseMessage } from '../mailbox/sql-purge.ts'
import { foldAddress } from '../suppression/suppression.ts'
import { erasedName } from '../suppression/sql-erased.ts'
import type { Erasure } from './erasure.ts'
import { STAND_IN_CHARS } from './limits.ts'
import { mentionOf } from './mention.ts'
import { noteProgress } from './sql-erasure.ts'
import { keyParams, PLACES, type Place, type PlaceRow, STATEMENTS, textIn } from './sql-places.ts'

const ALL = statement<{ message: string }, { id: string; state: string; organization: string; recipient: string }>('SELECT id, state, organization, recipient FROM delivery WHERE message = $message')
const REFS = statement<{ message: string }, { refs: number; segment: string | null }>('SELECT refs, segment FROM message WHERE id = $message')
const CANCEL = statement<{ id: string; nowMs: number }>(
  "UPDATE delivery SET state = 'cancelled', settled_ms = $nowMs, alarm_ms = NULL WHERE id = $id AND state IN ('queued', 'held', 'captured')",
)
const DELETE = statement<{ id: string }>('DELETE FROM delivery WHERE id = $id')
// Bounces are written by anybody: no text in them need be the address as it is looked for.
const DELETE_RETURNED = statement<{ id: string }>('DELETE FROM returned WHERE delivery = $id')
const MAKE_ROOM = statement<{ organization: string; address: string; name: string }>(
  `DELETE FROM suppression WHERE organization = $organization AND address = $name
  AND scope IN (SELECT scope FROM suppression WHERE organization = $organization AND address = $address)`,
)
const RENAME = statement<{ organization: string; address: string; name: string }>('UPDATE suppression SET address = $name, undo = NULL WHERE organization = $organization AND address = $address')

/** What stands in place of an erased address. */
export function standInFor({ hash }: Pick<Erasure, 'hash'>): string {
  return `erased-${hash.slice(0, STAND_IN_CHARS)}@erased.invalid`
}

/** Whether an erasure has something to do with a row. */
export function isMeant(place: Place, row: PlaceRow, address: string): boolean {
  if (place.except !== undefined && textIn(row, place.except).toLowerCase() === address) return false
  const mention = mentionOf(address)
  return place.texts.some((column) => mention.isIn(textIn(row, column)))
}

/** Erases the address in rows of a place, and writes down where the erasure stands then. Rows that are gone meanwhile are passed by. Returns the segments that must be compacted, and not the erasure: answers of writes are kept for a while. */
export const eraseRows = write('subject.rows', function* (tx, args: { readonly place: number; readonly keys: readonly (readonly (string | number)[])[]; readonly erasure: Erasure }): Work<readonly string[]> {
  const { keys, erasure } = args
  const { organization, address } = erasure
  const [place, statements] = [PLACES[args.place], STATEMENTS[args.place]]
  if (place === undefined || statements === undefined) throw new Error(`there is no place ${args.place}`)
  const mention = mentionOf(address)
  const segments = new Set(erasure.segments)
  for (const key of keys) {
    const named = { organization, ...keyParams(key) }
    const row = yield* tx.one(statements.get, named)
    if (row === null || !isMeant(place, row, address)) continue
    const held = place.holds === undefined ? null : (row[place.holds] as MessageId | null)
    const segment = held === null ? null : ((yield* tx.one(REFS, { message: held }))?.segment ?? null)
    if (segment !== null) segments.add(segment)
    if (held !== null) yield* releaseMessage(tx, held)
    if (place.how === 'remove') yield* tx.run(statements.remove, named)
    else yield* tx.run(statements.put, { ...named, ...textsOf(place, row, (text) => mention.replaceIn(text, standInFor(erasure))) })
  }
  yield* noteProgress(tx, { ...erasure, segments: [...segments] })
  return [...segments]
})

function textsOf({ texts }: Place, row: PlaceRow, rewritten: (text: string) => string): Readonly<Record<string, string | null>> {
  return Object.fromEntries(texts.map((column, at) => [`t${at}`, row[column] === null ? null : rewritten(textIn(row, column))]))
}

/** What became of a message to the subject. `segment`: where its bytes lie, which must be compacted; null for most. */
export type MessageErased = { readonly kind: 'erased' | 'waiting' | 'none'; readonly segment: string | null }

interface MessagesArgs {
  readonly organization: OrganizationId
  readonly address: string
  readonly messages: readonly MessageId[]
  readonly nowMs: number
}

/**
 * Erases deliveries to the subject, and messages that no mailbox holds, with everybody's deliveries of them. While another's copy waits to be sent, or the
 * subject's own is being sent, the message waits too; what waits for the subject alone goes no more.
 */
export const eraseMessages = write('subject.messages', function* (tx, { messages, ...args }: MessagesArgs): Work<readonly MessageErased[]> {
  const all: MessageErased[] = []
  for (const message of messages) all.push(yield* eraseMessage(tx, message, args))
  return all
})

function* eraseMessage(tx: Tx, message: MessageId, { organization, address, nowMs }: Omit<MessagesArgs, 'messages'>): Work<MessageErased> {
  const all = yield* tx.all(ALL, { message })
  const own = all.filter((each) => each.organization === organization && foldAddress(each.recipient) === address)
  if (own.length === 0) return { kind: 'none', segment: null }
  const others = all.filter((each) => !own.includes(each))
  const held = yield* tx.one(REFS, { message })
  const segment = held?.segment ?? null
  const isSending = [...own.filter(({ state }) => state === 'leased'), ...others.filter(({ state }) => state === 'queued' || state === 'leased' || state === 'held')].length > 0
  if (isSending) {
    for (const { id } of own) yield* tx.run(CANCEL, { id, nowMs })
    return { kind: 'waiting', segment }
  }
  const isInMailbox = (held?.refs ?? 0) > own.length + others.length
  for (const { id } of isInMailbox ? own : [...own, ...others]) {
    yield* tx.run(DELETE, { id })
    yield* tx.run(DELETE_RETURNED, { id })
    yield* releaseMessage(tx, message)
  }
  return { kind: 'erased', segment: isInMailbox ? null : segment }
}

/** Lets the entries of the suppression list go on under the hash. */
export const eraseSuppressed = write('subject.suppressed', function* (tx, { organization, address, hash }: Pick<Erasure, 'organization' | 'address' | 'hash'>): Work<number> {
  const named = { organization, address, name: erasedName(hash) }
  yield* tx.run(MAKE_ROOM, named)
  return yield* tx.run(RENAME, named)
})
