import type { MessageId, OrganizationId } from '../../base/brand.ts'
import { write } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'

/** What is kept of a message that was not taken. */
export interface NotTakenArgs {
  readonly organization: OrganizationId
  /** The id that the reply named. */
  readonly message: MessageId
  /** For good, or for now. */
  readonly type: 'mail.refused' | 'mail.deferred'
  readonly data: Readonly<Record<string, unknown>>
  readonly nowMs: number
}

/** Writes down that a message was not taken, so that the id in the reply leads to the reasons. Nothing of the message itself is kept. */
export const notTaken = write('inbound.not-taken', function* (tx, { organization, message, type, data, nowMs }: NotTakenArgs) {
  yield* appendEvent(tx, { atMs: nowMs, organization, account: null, message, delivery: null, type, version: 1, data })
})
