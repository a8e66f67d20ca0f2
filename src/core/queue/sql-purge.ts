import type { MessageId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import { releaseMessage } from '../mailbox/sql-purge.ts'

/** Rows removed in one write. */
const CHUNK = 200

const FORGET = statement<{ beforeMs: number }, { message: MessageId }>(
  `DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE settled_ms IS NOT NULL AND settled_ms < $beforeMs ORDER BY settled_ms LIMIT ${CHUNK})
  RETURNING message`,
)

/**
 * Removes deliveries that were settled before `beforeMs`, and messages that nothing else holds. Until then a bounce that comes late
 * finds its delivery. Returns how many went; call again until 0.
 */
export const purgeSettled = write('queue.purge', function* (tx, args: { readonly beforeMs: number }): Work<number> {
  const rows = yield* tx.all(FORGET, args)
  for (const { message } of rows) yield* releaseMessage(tx, message)
  return rows.length
})
