import type { MessageId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { write } from '../../infra/db/transaction.ts'

/** A message in a segment. */
export interface SegmentEntry {
  readonly id: MessageId
  readonly offset: number
  readonly length: number
}

const ENTRIES = statement<{ segment: string; after: number }, SegmentEntry>(
  `SELECT id, segment_offset AS "offset", segment_length AS length FROM message
  WHERE segment = $segment AND segment_offset > $after ORDER BY segment_offset LIMIT 500`,
)
const ANY = statement<Record<never, never>, { found: number }>('SELECT 1 AS found FROM message WHERE segment IS NOT NULL LIMIT 1')
const MOVE = statement<{ id: string; from: string; segment: string; offset: number; length: number }>(
  `UPDATE message SET segment = $segment, segment_offset = $offset, segment_length = $length WHERE id = $id AND segment = $from`,
)

/** True when some message lies in a segment. */
export async function namesSegments(db: Database): Promise<boolean> {
  return (await db.one(ANY, {})) !== null
}

/** At most 500 messages that lie in a segment behind an offset (-1 begins), in order. */
export async function segmentEntries(db: Database, segment: string, after: number): Promise<readonly SegmentEntry[]> {
  return await db.all(ENTRIES, { segment, after })
}

/** Records that messages lie in another segment now. Those that were purged meanwhile are left out. Returns how many moved. */
export const moveToSegment = write('message.move', function* (
  tx,
  args: { readonly from: string; readonly entries: readonly (SegmentEntry & { readonly segment: string })[] },
) {
  let moved = 0
  for (const { id, segment, offset, length } of args.entries) moved += yield* tx.run(MOVE, { id, from: args.from, segment, offset, length })
  return moved
})
