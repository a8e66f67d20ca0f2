import type { MessageId } from '../../base/brand.ts'
import { deliveredTo, received, returnPath } from '../../proto/mail/trace-header.ts'
import type { Transaction } from './session.ts'

/** The Received field of a message on its way through us. RFC 5321 §4.4. */
export function receivedField(hostname: string, transaction: Transaction, id: MessageId, nowMs: number): string {
  const { session, sender, recipients } = transaction
  const [only] = recipients
  return received({
    // Where our own users sit is nobody's business: their account stands for them. Deliverability §1.3.
    client: session.login === null ? { helo: session.helo, address: session.peer.address, name: null } : null,
    account: session.login?.account ?? null,
    by: hostname,
    transport: {
      protocol: session.protocol,
      tls: session.tls,
      authenticated: session.login !== null,
      utf8: sender.smtpUtf8,
    },
    id,
    recipient: recipients.length === 1 && only !== undefined ? only.address : null,
    atMs: nowMs,
    offsetMinutes: 0,
  })
}

/** The fields of a final delivery, to stand before everything else. */
export function deliveryFields(from: string, address: string): string {
  return returnPath(from === '' ? null : from) + deliveredTo(address)
}
