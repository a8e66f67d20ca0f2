import type { DeliveryId, MessageId } from '../../base/brand.ts'
import type { Fault } from '../../base/fault.ts'

/** What is answered to a request before its write knows who is not written to. */
export type Outline =
  | { readonly kind: 'one'; readonly email: OutlinedEmail }
  | { readonly kind: 'batch'; readonly emails: readonly OutlinedEmail[]; readonly errors: readonly BatchError[] }

/** One message in it. */
export interface OutlinedEmail {
  readonly id: MessageId
  readonly status: 'queued' | 'scheduled'
  readonly recipients: readonly { readonly email: string; readonly id: DeliveryId }[]
}

/** A message of a batch that was not taken. */
export interface BatchError {
  readonly index: number
  readonly message: string
  readonly errors: readonly Fault[]
}

/** The answer as it is sent, and sent again when the request is repeated. */
export function answerText(outline: Outline, suppressed: ReadonlySet<DeliveryId>): string {
  return JSON.stringify(outline.kind === 'one' ? taken(outline.email, suppressed) : { data: outline.emails.map((email) => taken(email, suppressed)), errors: outline.errors })
}

function taken({ id, status, recipients }: OutlinedEmail, suppressed: ReadonlySet<DeliveryId>): object {
  const isStopped = recipients.length > 0 && recipients.every((recipient) => suppressed.has(recipient.id))
  return {
    id,
    status: isStopped ? 'suppressed' : status,
    recipients: recipients.map((recipient) => ({ ...recipient, status: suppressed.has(recipient.id) ? 'suppressed' : status })),
  }
}
