import type { MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { ROWS_A_STEP } from './limits.ts'
import { mentionOf } from './mention.ts'
import { beginningOf, keyOf, keyParams, PLACES, type PlaceRow, placesOn, STATEMENTS, textIn } from './sql-places.ts'

const BYTES = statement<{ organization: string; message: string }, { bytes: Uint8Array | null; size: number }>('SELECT bytes, size FROM message WHERE organization = $organization AND id = $message')
const MESSAGE_OF = statement<{ organization: string; id: string }, { message: MessageId }>('SELECT message FROM delivery WHERE organization = $organization AND id = $id')

/** Something that an organization holds about an address: the table that it lies in, and its columns, JSON read. */
export interface Held {
  readonly table: string
  readonly row: Readonly<Record<string, unknown>>
}

/** Everything that an organization holds about a folded address, place by place; messages to it in base64, unless they are so large that they lie in a segment. */
export async function* heldAbout(db: Database, organization: OrganizationId, address: string): AsyncGenerator<Held> {
  const mention = mentionOf(address)
  const told = new Set<MessageId>()
  for (const number of placesOn(db.dialect)) {
    const [place, statements] = [PLACES[number], STATEMENTS[number]]
    if (place === undefined || statements === undefined || place.whose !== 'organization') continue
    for (let after = beginningOf(place); ; ) {
      const rows = await db.all(statements.next, { organization, ...keyParams(after) })
      for (const row of rows) {
        if (![...place.key, ...place.texts].some((column) => mention.isIn(textIn(row, column)))) continue
        yield { table: place.table, row: shown(row) }
        if (place.table === 'delivery') yield* messageOf(db, organization, String(row['id']), told)
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < ROWS_A_STEP) break
      after = keyOf(place, last)
    }
  }
}

/** The message of a delivery, once however many deliveries it has. */
async function* messageOf(db: Database, organization: OrganizationId, id: string, told: Set<MessageId>): AsyncGenerator<Held> {
  const message = (await db.one(MESSAGE_OF, { organization, id }))?.message
  if (message === undefined || told.has(message)) return
  told.add(message)
  const held = await db.one(BYTES, { organization, message })
  if (held !== null) yield { table: 'message', row: { id: message, size: held.size, base64: held.bytes === null ? null : Buffer.from(held.bytes).toString('base64') } }
}

function shown(row: PlaceRow): Held['row'] {
  return Object.fromEntries(Object.keys(row).map((column) => [column, readable(row, column)]))
}

function readable(row: PlaceRow, column: string): unknown {
  const value = row[column] ?? null
  if (value instanceof Uint8Array) return textIn(row, column)
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value // A server's words may begin with a bracket.
  }
}
