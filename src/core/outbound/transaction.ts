import type { Domain } from '../../base/brand.ts'
import { makeAddress, parseAddress } from '../../proto/mail/address.ts'
import type { Outgoing, OutgoingContent } from '../../proto/smtp/client/outgoing.ts'
import { NO_MAIL_PARAMS, type Notify, type OriginalRecipient, type Recipient } from '../../proto/smtp/envelope.ts'
import { looksLikeReturnPath } from '../bounce/return-path.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import { MAX_RECIPIENTS } from './limits.ts'

/** Deliveries that go together: one message to recipients of one domain. */
export interface Transaction {
  /** At least one; all of one message, sender and wishes. */
  readonly deliveries: readonly LeasedDelivery[]
}

/** Puts together what may go in one transaction: same message and domain, same sender, same seal, same wishes for the whole of it. deliverability §2.1. */
export function transactionsOf(deliveries: readonly LeasedDelivery[], maxRecipients = MAX_RECIPIENTS): readonly Transaction[] {
  const groups = new Map<string, LeasedDelivery[][]>()
  for (const delivery of deliveries) {
    const key = keyOf(delivery)
    const parts = groups.get(key)
    const last = parts?.at(-1)
    if (parts === undefined || last === undefined) groups.set(key, [[delivery]])
    else if (last.length < maxRecipients) last.push(delivery)
    else parts.push([delivery])
  }
  return [...groups.values()].flat().map((group) => ({ deliveries: group }))
}

function keyOf({ message, lane, sender, view: { forwardedBy }, wishes: { ret, envid, requireTls, tlsOptional, smtputf8 } }: LeasedDelivery): string {
  return JSON.stringify([message, lane, sender, forwardedBy?.domain ?? null, ret, envid, requireTls, tlsOptional, smtputf8])
}

/**
 * A transaction as the client sends it; null when an address of it is none, which only a broken database holds. `returnDomain`: where a return path of ours comes back, when not at our host;
 * what people write keeps their own.
 */
export function outgoingOf({ deliveries }: Transaction, content: OutgoingContent, returnDomain: Domain | null): Outgoing | null {
  const [first] = deliveries
  if (first === undefined) return null
  const from = first.sender === '' ? null : parseAddress(first.sender)
  const recipients = deliveries.map(recipientOf)
  if (from?.ok === false || recipients.includes(null)) return null
  const isOurs = from !== null && returnDomain !== null && looksLikeReturnPath(from.value.local)
  const sender = isOurs ? makeAddress(from.value.local, returnDomain) : (from?.value ?? null)
  const { ret, envid, requireTls, smtputf8 } = first.wishes
  return {
    sender: { ...NO_MAIL_PARAMS, from: sender, ret, envid, requireTls, smtpUtf8: smtputf8, body: content.body, size: content.sizeBytes },
    recipients: recipients as readonly Recipient[],
    content,
  }
}

function recipientOf({ recipient, wishes: { notify, orcpt } }: LeasedDelivery): Recipient | null {
  const to = parseAddress(recipient)
  return to.ok ? { to: to.value, notify: notifyOf(notify), orcpt: originalOf(orcpt) } : null
}

function notifyOf(notify: readonly string[]): Notify | null {
  if (notify.length === 0) return null
  return notify.includes('NEVER') ? 'NEVER' : (notify as Exclude<Notify, 'NEVER'>)
}

function originalOf(text: string | null): OriginalRecipient | null {
  const semicolon = text?.indexOf(';') ?? -1
  return text === null || semicolon === -1 ? null : { type: text.slice(0, semicolon), address: text.slice(semicolon + 1) }
}
