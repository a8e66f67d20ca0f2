import type { BlockList } from 'node:net'
import { isIP } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { MessageId } from '../../base/brand.ts'
import type { SegmentReader } from '../mailbox/body.ts'
import type { TlsNeed } from '../pool/lane-limits.ts'
import { type LeasedDelivery, type Outcome, REPORT_PRIORITY } from '../queue/delivery.ts'
import type { StoredMessage } from '../queue/sql-message.ts'
import { type Attempted, type AttemptOptions, attempt, type Result, type Try } from './attempt.ts'
import { connect, type Connection } from './connect.ts'
import { contentOf, type Sign } from './content.ts'
import { CONNECT_WITHIN_MS } from './limits.ts'
import { refusalIn } from './judge.ts'
import { lookUp } from './look-up.ts'
import { outcomeOf, outcomeOfPlan } from './outcome.ts'
import type { Hop } from './plan.ts'
import type { Names, Open } from './port.ts'
import type { Routed } from './route-of.ts'
import type { SendingSource } from './sending-source.ts'
import { ANYWHERE } from './targets.ts'
import type { BrokenTls } from './tls/broken-tls.ts'
import { decideTls, type Ruled, type TlsWishes } from './tls/decide.ts'
import type { TlsPolicies } from './tls/port.ts'
import type { TlsNote } from './tls/result.ts'
import { type Transaction, outgoingOf } from './transaction.ts'

/** What delivering is made of. */
export interface DeliverOptions {
  readonly names: Names
  readonly open: Open
  readonly clock: Clock
  /** Numbers from [0, 1). */
  readonly chance: () => number
  readonly segments: SegmentReader
  readonly stored: (message: MessageId) => Promise<StoredMessage | null>
  readonly sign: Sign
  /** From which of our addresses it goes. */
  readonly source: SendingSource
  /** Families of address that we can connect from, the preferred one first. */
  readonly families: readonly (4 | 6)[]
  /** Networks outside of the Internet that may be sent to. */
  readonly allowed: BlockList
  /** Who may ask for TLS of which servers. */
  readonly tls: TlsPolicies
  /** What TLS is known to work with whoever serves the domain. */
  readonly tlsNeed: TlsNeed
  /** Shared by all who send. */
  readonly brokenTls: BrokenTls
  /** Told how TLS went with each server. */
  readonly tlsSeen: (note: TlsNote) => void
}

/** What came of a transaction. */
export interface Done {
  readonly settled: readonly { readonly delivery: LeasedDelivery; readonly outcome: Outcome }[]
  /** For each of them what a server refused it with, or null. */
  readonly refusals: readonly ReturnType<typeof refusalIn>[]
  readonly tries: readonly Try[]
  readonly connection: Connection | null
  /** Whether the last server took what senders want to hear of on itself. RFC 3461. */
  readonly dsn: Attempted['dsn']
  /** Whether any server of the site spoke to us; null when none was asked. */
  readonly reached: boolean | null
  /** The servers can be reached, but not from an address of this family: nothing was tried. */
  readonly isBeyond: boolean
}

/** Hands one transaction over, by `reuse` or by a new connection, and says what became of each delivery. */
export async function deliver(transaction: Transaction, routed: Routed, reuse: Connection | null, options: DeliverOptions, signal: AbortSignal): Promise<Done> {
  const { deliveries } = transaction
  const { plan } = routed
  if (plan.kind !== 'hops') return decided(deliveries, (delivery) => outcomeOfPlan(delivery, plan, now(options)), reuse)
  const [first] = deliveries
  const stored = first === undefined ? null : await options.stored(first.message)
  const sendable = first === undefined || stored === null ? null : await contentOf(first, stored, options.segments, options.sign)
  const outgoing = sendable === null ? null : outgoingOf(transaction, sendable.content, sendable.returnDomain)
  if (sendable === null || outgoing === null) return decided(deliveries, () => gone(options), reuse)
  const attempted = await attempt(outgoing, plan.hops, { ...attemptOptions(transaction, routed, options), reuse, note: sendable.note, sevenBit: sendable.sevenBit }, signal)
  const settled = deliveries.map((delivery, index) => ({ delivery, outcome: outcome(delivery, attempted.results[index], options, signal) }))
  const refusals = deliveries.map((_, index) => refusalOf(attempted.results[index]))
  const isBeyond = attempted.results.some(wasBeyond)
  return { settled, refusals, tries: attempted.tries, connection: attempted.connection, dsn: attempted.dsn, reached: attempted.results.every(wasBeyond) ? null : wasReached(attempted), isBeyond }
}

function attemptOptions(transaction: Transaction, routed: Routed, options: DeliverOptions): Omit<AttemptOptions, 'reuse' | 'note' | 'sevenBit'> {
  const { open, clock, source, brokenTls } = options
  const domain = transaction.deliveries[0]?.lane ?? ''
  const isReport = transaction.deliveries.every(({ priority }) => priority === REPORT_PRIORITY)
  const { security, protocol, login } = routed
  return {
    clock,
    targets: (hop, signal) => lookUp(hop, { ...options, from: source.address, allowed: routed.isChosen ? ANYWHERE : options.allowed }, signal),
    ruleFor: (hop, signal) => ruleFor(hop, transaction, routed, options, signal),
    connect: (target, rule, signal) =>
      connect(target, { open, clock, flavour: protocol, name: source.ehlo, from: source.address, security, rule, login, brokenTls, connectWithinMs: CONNECT_WITHIN_MS }, signal),
    // Reports are not reported on: two houses would tell each other of their reports for ever.
    tlsSeen: (seen) => isReport ? undefined : options.tlsSeen({ ...seen, domain, source: source.address ?? '' }),
  }
}

/** What a relay must give its operator has said, where the sender does not want more; for all others policies do. */
async function ruleFor(hop: Hop, { deliveries: [first] }: Transaction, { plan, rule, isChosen }: Routed, { families, names, tls, tlsNeed }: DeliverOptions, signal: AbortSignal): Promise<Ruled> {
  const wishes = tlsWishes(first)
  if (first === undefined || isChosen) return { kind: 'rule', rule: wishes === 'require' ? { need: 'verify', by: 'requiretls' } : rule }
  const authentic = plan.kind === 'hops' && plan.authentic && isIP(hop.host) === 0
  return await decideTls({ hop, domain: first.lane, authentic, wishes, families, need: tlsNeed, names, policies: tls }, signal)
}

/** RFC 8689 §3: REQUIRETLS counts more than the field. */
function tlsWishes(delivery: LeasedDelivery | undefined): TlsWishes {
  if (delivery?.wishes.requireTls === true) return 'require'
  return delivery?.wishes.tlsOptional === true ? 'optional' : 'none'
}

function refusalOf(result: Result | undefined): ReturnType<typeof refusalIn> {
  return result === undefined ? null : refusalIn(result)
}

/** What is cut short because we stop has not been tried, nor has what has to leave from another address of ours. */
function outcome(delivery: LeasedDelivery, result: Result | undefined, options: DeliverOptions, signal: AbortSignal): Outcome {
  if (result === undefined) return { kind: 'returned' }
  if (signal.aborted && wasCutShort(result)) return { kind: 'returned' }
  if (wasBeyond(result)) return { kind: 'returned' }
  return outcomeOf(delivery, result, now(options))
}

function wasCutShort(result: Result): boolean {
  if (result.kind === 'unreached') return true
  return result.fate.kind === 'temporary' && result.fate.cause.by === 'loss' && result.fate.cause.how === 'aborted'
}

function wasBeyond(result: Result): boolean {
  return result.kind === 'unreached' && result.why.isBeyond === true
}

function wasReached({ results }: Attempted): boolean {
  // A host that was passed over by policy says nothing of its health: other domains of the site may have other policies.
  return results.some((result) => result.kind === 'fate' || result.why.lasting || result.why.status === '4.7.5')
}

function decided(deliveries: readonly LeasedDelivery[], outcomeFor: (delivery: LeasedDelivery) => Outcome, connection: Connection | null): Done {
  return { settled: deliveries.map((delivery) => ({ delivery, outcome: outcomeFor(delivery) })), refusals: deliveries.map(() => null), tries: [], connection, dsn: 'passed', reached: null, isBeyond: false }
}

/** The message or an address of it is not what was stored: only a damaged database is like that. */
function gone({ clock }: DeliverOptions): Outcome {
  return { kind: 'failed', answer: { status: '5.3.0', text: 'the stored message cannot be read', host: null, atMs: clock.nowMs() } }
}

function now({ clock, chance }: DeliverOptions): { readonly nowMs: number; readonly chance: number } {
  return { nowMs: clock.nowMs(), chance: chance() }
}
