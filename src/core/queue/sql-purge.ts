import type { MessageId, OrganizationId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import { releaseMessage } from '../mailbox/sql-purge.ts'
import { noteBodyGone } from './sql-body.ts'

/** Rows removed in one write. */
const CHUNK = 200

const FORGET = statement<{ beforeMs: number }, { organization: OrganizationId; message: MessageId }>(
  `DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE settled_ms IS NOT NULL AND settled_ms < $beforeMs ORDER BY settled_ms LIMIT ${CHUNK})
  RETURNING organization, message`,
)

/**
 * Removes deliveries that were settled before `beforeMs`, and messages that nothing else holds. Until then a bounce that comes late
 * finds its delivery. Returns how many went; call again until 0.
 */
export const purgeSettled = write('queue.purge', function* (tx, { beforeMs, nowMs }: { readonly beforeMs: number; readonly nowMs: number }): Work<number> {
  const rows = yield* tx.all(FORGET, { beforeMs })
  for (const { organization, message } of rows) if (yield* releaseMessage(tx, message)) yield* noteBodyGone(tx, organization, message, nowMs)
  return rows.length
})
