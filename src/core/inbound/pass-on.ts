import type { MessageId } from '../../base/brand.ts'
import type { ListedAddress } from '../../proto/mail/display-address.ts'
import { type Address, parseAddress } from '../../proto/mail/address.ts'
import { indexMessage } from '../../proto/mail/mime-index.ts'
import { NO_RCPT_PARAMS, type Sender } from '../../proto/smtp/envelope.ts'
import { type Reply, reply } from '../../proto/smtp/reply.ts'
import { looksLikeReturnPath } from '../bounce/return-path.ts'
import type { FoundDelivery } from '../queue/sql-find.ts'
import type { StoredMessage } from '../queue/sql-message.ts'
import { storedBytes } from '../mailbox/body.ts'
import type { MessageInspection } from './inspect/inspected.ts'
import { isSuspended } from '../route/suspended.ts'
import { receiveWhole, type ReceiveOptions } from './receive.ts'
import { decideRecipient, type RecipientRules } from './recipient.ts'
import type { AcceptedRecipient, Session, Transaction } from './session.ts'

/** How an answer came, and what taking it as mail is made of. */
export interface PassOnOptions {
  readonly receive: ReceiveOptions
  readonly rules: RecipientRules
  readonly session: Session
  readonly sender: Sender
  /** The checks of the connection; null where nobody is checked. */
  readonly inspect: (transaction: Transaction) => MessageInspection | null
}

/** Where an answer went; or what whoever brought it hears instead, and then nothing of it is here. */
export type PassedOn = { readonly kind: 'passed'; readonly address: string } | { readonly kind: 'refused'; readonly reply: Reply }

/** Passes on what a person answered to a delivery, in `bytes`; null when there is nobody to pass it to. */
export type PassOn = (about: FoundDelivery, stored: StoredMessage, bytes: Uint8Array) => Promise<PassedOn | null>

/** Answers to one delivery that are passed on: people write back a few times, loops without end. */
export const MAX_PASSED_ON = 20

/** What is heard beyond that. */
export const ENOUGH_ANSWERS = reply(550, '5.7.1', 'There are many answers to this message already: write to its author')

/** So much of the message that was answered is read: its author stands in its header. */
const MAX_HEADER_BYTES = 64 * 1024

/** Addresses of its Reply-To and From that are tried. */
const MAX_AUTHORS = 10

/**
 * Passes an answer on as it stands, to the Reply-To of the message that it answers, else to its From: whichever leads somewhere in the organization that sent it, and never
 * to a stranger. It is taken like all mail, with its checks, its Received field and their limit. The null sender and our own return paths are nobody's: programs write there.
 * deliverability §4.3.
 */
export function passingOn(options: PassOnOptions): PassOn {
  return async (about, stored, bytes) => {
    const { receive, session, sender } = options
    if (sender.from === null || looksLikeReturnPath(sender.from.local)) return null
    const found = await authorHere(options, about, await headerOf(receive, about.message, stored), bytes.length)
    if (found === null || 'code' in found) return found === null ? null : { kind: 'refused', reply: found }
    const transaction = { session, sender, recipients: [found] }
    const [said] = await receiveWhole(receive, transaction, bytes, options.inspect(transaction))
    if (said === undefined) throw new Error('a message without recipients')
    return said.code < 400 ? { kind: 'passed', address: found.address } : { kind: 'refused', reply: said }
  }
}

async function headerOf({ segments }: ReceiveOptions, message: MessageId, { location, sizeBytes }: StoredMessage): Promise<Uint8Array> {
  const header = await storedBytes(location, segments, Math.min(sizeBytes, MAX_HEADER_BYTES))
  if (header.length === 0 && sizeBytes > 0) throw new Error(`nothing of ${message} is stored`)
  return header
}

/** The first author who is at home in the organization; a reply when his mailbox has to be tried again; null when none is. */
async function authorHere({ receive, rules }: PassOnOptions, { organization }: FoundDelivery, header: Uint8Array, sizeBytes: number): Promise<AcceptedRecipient | Reply | null> {
  const { envelope } = indexMessage(header)
  let wait: Reply | null = null
  for (const address of addressesIn([...(envelope.replyTo ?? []), ...(envelope.from ?? [])])) {
    const answer = await decideRecipient(receive.routes, { ...rules, forwardedFrom: () => null }, { to: address, ...NO_RCPT_PARAMS }, null, sizeBytes)
    if (answer.kind === 'accepted' && answer.recipient.organization === organization) {
      if (address.domain === null || !(await isSuspended(receive.routes, address.domain))) return answer.recipient
      wait ??= reply(450, '4.2.1', `Answers to ${address.domain} have to wait: the domain is suspended`)
    }
    if (answer.kind === 'refused' && answer.reply.code < 500) wait ??= answer.reply
  }
  return wait
}

function addressesIn(listed: readonly ListedAddress[]): readonly Address[] {
  const found = listed.slice(0, MAX_AUTHORS).map(({ mailbox, host }) => parseAddress(`${mailbox ?? ''}@${host ?? ''}`))
  return found.flatMap((parsed) => (parsed.ok && !looksLikeReturnPath(parsed.value.local) ? [parsed.value] : []))
}
