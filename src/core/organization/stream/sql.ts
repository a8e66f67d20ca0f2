import type { OrganizationId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../../infra/db/transaction.ts'
import { MAX_STREAMS } from './limits.ts'
import type { StreamName } from './name.ts'
import type { PublicText, Stream, StreamTracking } from './stream.ts'

interface Row {
  readonly organization: OrganizationId
  readonly name: StreamName
  readonly title: string
  readonly description: string
  readonly tracking: string
  readonly created_ms: number
}

const COLUMNS = 'organization, name, title, description, tracking, created_ms'
const OF = statement<{ organization: string }, Row>(`SELECT ${COLUMNS} FROM stream WHERE organization = $organization ORDER BY name LIMIT ${MAX_STREAMS}`)
const ONE = statement<{ organization: string; name: string }, Row>(`SELECT ${COLUMNS} FROM stream WHERE organization = $organization AND name = $name`)
const COUNT = statement<{ organization: string }, { total: number }>('SELECT count(*) AS total FROM stream WHERE organization = $organization')
const PUT = statement<{ organization: string; name: string; title: string; description: string; tracking: string; createdMs: number }>(
  `INSERT INTO stream (${COLUMNS}) VALUES ($organization, $name, $title, $description, $tracking, $createdMs)
  ON CONFLICT (organization, name) DO UPDATE SET title = excluded.title, description = excluded.description, tracking = excluded.tracking`,
)
const REMOVE = statement<{ organization: string; name: string }>('DELETE FROM stream WHERE organization = $organization AND name = $name')

/** Makes a stream that mail may be sent in, or says anew what its readers know it by. `too-many`: the organization has `MAX_STREAMS`. */
export const putStream = write('stream.put', function* (tx, { title, description, tracking, ...stream }: Stream): Work<'put' | 'too-many'> {
  const { organization, name } = stream
  if (Number((yield* tx.one(COUNT, { organization }))?.total ?? 0) >= MAX_STREAMS && (yield* tx.one(ONE, { organization, name })) === null) return 'too-many'
  yield* tx.run(PUT, { ...stream, title: JSON.stringify(title), description: JSON.stringify(description), tracking: JSON.stringify(tracking) })
  return 'put'
})

/** Forgets a stream: no new mail is taken in it, what is queued still goes. Who wants none of it stays on the list. False when there is none of that name. */
export const removeStream = write('stream.remove', function* (tx, args: { readonly organization: OrganizationId; readonly name: string }): Work<boolean> {
  return (yield* tx.run(REMOVE, args)) === 1
})

/** The streams of an organization that have a name for readers, by name. */
export async function streamsOf(db: Database, organization: OrganizationId): Promise<readonly Stream[]> {
  return (await db.all(OF, { organization })).map(toStream)
}

/** The same, inside another read or write. */
export function* streamsWithin(tx: Tx, organization: OrganizationId): Work<readonly Stream[]> {
  return (yield* tx.all(OF, { organization })).map(toStream)
}

/** The stream of that name; null when the organization has none. */
export async function streamNamed(db: Database, organization: OrganizationId, name: string): Promise<Stream | null> {
  const row = await db.one(ONE, { organization, name })
  return row === null ? null : toStream(row)
}

function toStream({ title, description, tracking, created_ms: createdMs, ...row }: Row): Stream {
  return { ...row, title: JSON.parse(title) as PublicText, description: JSON.parse(description) as PublicText, tracking: JSON.parse(tracking) as StreamTracking, createdMs } // Written by `putStream` only.
}
