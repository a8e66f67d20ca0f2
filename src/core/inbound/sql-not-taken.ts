import type { MessageId, OrganizationId } from '../../base/brand.ts'
import { write } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'

/** What is kept of a message that was not taken. */
export interface NotTakenArgs {
  /** The id that the reply named. */
  readonly message: MessageId
  /** For good, or for now. */
  readonly type: 'mail.refused' | 'mail.deferred'
  readonly data: Readonly<Record<string, unknown>>
  /** Whom it was for: each organization is told of its own recipients. At least one. */
  readonly recipients: readonly { readonly organization: OrganizationId; readonly address: string }[]
  readonly nowMs: number
}

/** Writes down that a message was not taken, so that the id in the reply leads to the reasons. Nothing of the message itself is kept. */
export const notTaken = write('inbound.not-taken', function* (tx, { message, type, data, recipients, nowMs }: NotTakenArgs) {
  for (const organization of new Set(recipients.map((each) => each.organization))) {
    const own = recipients.filter((each) => each.organization === organization).map(({ address }) => ({ address }))
    yield* appendEvent(tx, { atMs: nowMs, organization, account: null, message, delivery: null, type, version: 1, data: { ...data, recipients: own } })
  }
})
