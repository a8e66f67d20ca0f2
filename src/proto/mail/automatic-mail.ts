import type { Address } from './address.ts'
import { type Body, compose, type Head } from './compose.ts'

/** A mail that no person writes: a notice, a report, a letter of the server itself. */
export interface AutomaticMail extends Pick<Head, 'subject' | 'more'> {
  readonly from: { readonly name: string; readonly address: Address }
  readonly to: readonly Address[]
  readonly body: Body
  /** RFC 3834 §5: whether it answers a message or comes by itself. */
  readonly kind: 'auto-generated' | 'auto-replied'
  /** Of the message it answers, without brackets. */
  readonly inReplyTo: string | null
  /** Of its own, without brackets; the boundaries of its parts are made of it. */
  readonly id: string
  readonly nowMs: number
}

/** Writes it. Its words are ours, so what cannot be written is a fault of the program: it throws. */
export function composeAutomatic({ from, to, subject, body, kind, inReplyTo, more, id, nowMs }: AutomaticMail): Uint8Array {
  const related = inReplyTo === null ? [] : [inReplyTo]
  const head: Head = {
    from: [from],
    to: to.map((address) => ({ name: null, address })),
    cc: [],
    replyTo: [],
    subject,
    dateMs: nowMs,
    offsetMinutes: 0,
    messageId: id,
    inReplyTo: related,
    references: related,
    more: [['Auto-Submitted', kind], ...more],
  }
  const written = compose(head, body, id)
  if (!written.ok) throw new Error(`a mail of our own could not be written: ${written.error.field} ${written.error.reason}`)
  return written.value
}
