import type { MessageId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import type { Location } from '../mailbox/mailbox.ts'

interface Row {
  readonly size: number
  readonly segment: string | null
  readonly segment_offset: number | null
  readonly segment_length: number | null
  readonly bytes: Uint8Array | null
}

const FIND = statement<{ id: string }, Row>('SELECT size, segment, segment_offset, segment_length, bytes FROM message WHERE id = $id')

/** Where the received bytes of a message are. */
export interface StoredMessage {
  readonly sizeBytes: number
  readonly location: Location
}

/** A message, or null when it is gone, or its bytes are. Small bytes come along. */
export async function storedMessage(db: Database, id: MessageId): Promise<StoredMessage | null> {
  const row = await db.one(FIND, { id })
  if (row === null || (row.segment === null && row.bytes === null)) return null
  const location: Location =
    row.segment === null
      ? { kind: 'inline', bytes: row.bytes ?? new Uint8Array(0) }
      : { kind: 'segment', segment: row.segment, offset: row.segment_offset ?? 0, length: row.segment_length ?? 0 }
  return { sizeBytes: row.size, location }
}
