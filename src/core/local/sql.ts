import type { AccountId, MessageId, OrganizationId, ThreadId } from '../../base/brand.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { toldReply } from '../../proto/smtp/reply.ts'
import type { NewEvent } from '../event/event.ts'
import { appendEvent } from '../event/sql.ts'
import type { ToldCopy } from '../filter/told.ts'
import { type Added, bytesOf, type NewEmail, type NewMessage } from '../mailbox/mailbox.ts'
import { addEmail, insertMessage } from '../mailbox/sql-append.ts'
import type { NewDelivery } from '../queue/delivery.ts'
import type { NotAllowed } from '../organization/plan.ts'
import { take, type Taking } from '../organization/sql-usage.ts'
import { enqueue } from '../queue/sql.ts'
import { keepTracked } from '../track/sql.ts'
import type { NewTracked } from '../track/tracked.ts'
import { notAddedReply } from './not-added.ts'
import { type HookCall, queueHooks, toldOfHooks } from './sql-hook.ts'

/** One local recipient of a message: the address the peer named, and the email it becomes. */
export interface LocalRecipient {
  readonly address: string
  readonly organization: OrganizationId
  readonly email: NewEmail
}

/** Everything that one accepted message changes, in one write. */
export interface DeliverArgs {
  readonly organization: OrganizationId
  readonly message: NewMessage
  readonly recipients: readonly LocalRecipient[]
  readonly deliveries: readonly NewDelivery[]
  /** Programs that get it; missing for none. */
  readonly hooks?: readonly HookCall[]
  readonly nowMs: number
  /** What addresses of ours in it mean; missing for none. */
  readonly tracked?: NewTracked
  /** Of a submission: what counts against the plan of its organization. */
  readonly taking?: Taking
  /** What the trace shall know: peer, TLS, findings, reply. `recipients` is filled in here. */
  readonly told: Readonly<Record<string, unknown>>
}

/** What became of each local recipient, in the order given. */
export interface Delivered {
  readonly recipients: readonly Added[]
  /** Why nothing was delivered to anybody. */
  readonly notAllowed?: NotAllowed
}

/**
 * Delivers a message: its bytes once, an email for each local recipient that has room, a delivery for each remote one, and an
 * event that tells of it to each organization that got it: of its own recipients alone. When this write has committed the peer may hear 250.
 */
export const deliver = write('local.deliver', function* (tx, args: DeliverArgs): Work<Delivered> {
  const taken = args.taking === undefined ? null : yield* take(tx, args.taking, args.nowMs)
  if (taken?.kind === 'refused') return { recipients: [], notAllowed: taken.why }
  const added = yield* addEmails(tx, args.message.id, args.recipients)
  const hooks = args.hooks ?? []
  const refs = added.filter(({ kind }) => kind === 'added').length + args.deliveries.length + hooks.length
  if (refs > 0) yield* insertMessage(tx, args.organization, args.message, refs, args.nowMs)
  for (const organization of organizationsOf(args)) yield* appendEvent(tx, arrived(args, organization, added, refs > 0))
  yield* enqueue(tx, args.organization, args.message.id, args.deliveries, args.nowMs)
  if (args.tracked !== undefined) yield* keepTracked(tx, args.organization, args.tracked, args.nowMs)
  yield* queueHooks(tx, args.message.id, hooks, args.nowMs)
  return { recipients: added }
}, (args) => bytesOf(args.message.location) + args.recipients.reduce((sum, { email }) => sum + email.prefix.length, 0))

/** Accounts are taken in id order, so that two messages to the same people never wait for each other in a circle. */
function* addEmails(tx: Tx, message: MessageId, recipients: readonly LocalRecipient[]): Work<readonly Added[]> {
  const added = new Array<Added>(recipients.length)
  const order = recipients.map((_, i) => i)
  if (order.length > 1) order.sort((a, b) => compare(accountOf(recipients, a), accountOf(recipients, b)))
  for (const i of order) {
    const recipient = recipients[i] as LocalRecipient // `i` is in range.
    added[i] = yield* addEmail(tx, message, recipient.email)
  }
  return added
}

function accountOf(recipients: readonly LocalRecipient[], i: number): AccountId | '' {
  return recipients[i]?.email.account ?? ''
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Whose message it is, first, and who else got it. */
function organizationsOf({ organization, recipients, hooks = [] }: DeliverArgs): Iterable<OrganizationId> {
  return new Set([organization, ...recipients.map((recipient) => recipient.organization), ...hooks.map(({ hook }) => hook.organization)])
}

function arrived(args: DeliverArgs, organization: OrganizationId, added: readonly Added[], kept: boolean): NewEvent {
  const recipients = args.recipients.flatMap((recipient, i) => (recipient.organization === organization ? [toldOf(recipient, added[i])] : []))
  const [only] = recipients
  const { sent, copies, ...told } = args.told
  const own = Array.isArray(copies) ? (copies as readonly ToldCopy[]).filter((copy) => copy.organization === organization) : []
  const hooks = toldOfHooks(args.hooks ?? [], organization)
  const notAdded = kept ? undefined : added.find((each) => each.kind !== 'added')
  const heard = notAdded === undefined ? {} : { reply: toldReply(notAddedReply(notAdded)) }
  return {
    atMs: args.nowMs,
    organization,
    account: recipients.length === 1 && only !== undefined ? only.account : null,
    message: args.message.id,
    delivery: null,
    type: kept ? 'mail.arrived' : 'mail.refused',
    version: 1,
    // What counts what accounts send must hear of a message once.
    data: { ...told, ...heard, ...(sent === undefined || organization !== args.organization ? {} : { sent }), ...(own.length === 0 ? {} : { copies: own }), size: args.message.size, recipients, ...(hooks.length === 0 ? {} : { hooks }) },
  }
}

function toldOf({ address, email: { account, email, mailbox } }: LocalRecipient, added: Added | undefined) {
  return { address, account, email, mailbox, ...outcome(added) }
}

function outcome(added: Added | undefined): { readonly outcome: string; readonly uid?: number; readonly modseq?: number; readonly thread?: ThreadId } {
  if (added?.kind !== 'added') return { outcome: added?.kind ?? 'none' }
  return { outcome: 'delivered', uid: added.uid, modseq: added.modseq, thread: added.thread }
}
