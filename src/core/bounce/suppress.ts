import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Event, Position } from '../event/event.ts'
import type { Reader } from '../event/follow.ts'
import { CATEGORIES, type Category } from '../pool/category.ts'
import { foldAddress, type Scope } from '../suppression/suppression.ts'
import { type DomainSign, domainSignOf } from './domain-sign.ts'
import { MEANINGS } from './meaning.ts'

/** Something that speaks for or against writing to a recipient again. */
export interface Sign {
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId | null
  readonly delivery: DeliveryId
  readonly address: string
  /** Why not; null when mail arrived. */
  readonly category: Category | null
  readonly reason: string
  readonly atMs: number
}

/** What a sign asks for under the rule of its category. */
export interface Stop {
  readonly scope: Scope
  readonly expiresMs: number | null
}

/** What following the log for the list is made of. */
export interface SuppressOptions {
  /** Writes down what signs ask for, and that they were dealt with, at once. */
  readonly follow: (args: { readonly signs: readonly Sign[]; readonly domains: readonly DomainSign[]; readonly position: Position; readonly nowMs: number }) => Promise<unknown>
  readonly clock: Clock
}

/** Follows the log and keeps the list of who is not written to. docs/decision/007-return-paths.md. */
export function suppressReader({ follow, clock }: SuppressOptions): Reader {
  return {
    name: SUPPRESS_READER,
    async handle(events, position) {
      await follow({ signs: events.flatMap((event) => signOf(event) ?? []), domains: events.flatMap((event) => domainSignOf(event) ?? []), position, nowMs: clock.nowMs() })
    },
  }
}

/** The name under which the reader's place in the log is kept. */
export const SUPPRESS_READER = 'suppression'

const TELLING: ReadonlySet<string> = new Set(['delivery.failed', 'delivery.bounced', 'delivery.complained', 'delivery.answered', 'delivery.delivered'])

function signOf(event: Event): Sign | null {
  const { type, organization, account, message, delivery, atMs } = event
  if (!TELLING.has(type) || delivery === null) return null
  const { recipient, category: own, underlying, reply, mode } = event.data as Readonly<Record<string, unknown>>
  // What a test key sent arrived nowhere: it takes back no strike of an address. What is pretended to be refused is listed, so that a test sees it.
  if (mode === 'test' && type === 'delivery.delivered') return null
  // Mail that was tried until its time was over tells as much as its last try. deliverability §4.4.
  const category = own === 'expired' ? underlying : own
  if (typeof recipient !== 'string') return null
  const known = CATEGORIES.find((each) => each === category) ?? null
  if (type !== 'delivery.delivered' && (known === null || MEANINGS[known].suppress === 'never')) return null
  const reason = typeof reply === 'string' ? reply : ''
  return { organization, account, message, delivery, address: foldAddress(recipient), category: type === 'delivery.delivered' ? null : known, reason, atMs }
}

/** From when on strikes of a category count at `atMs`; null when one is enough or none ever is. */
export function strikesSinceMs(category: Category, atMs: number): number | null {
  const { suppress } = MEANINGS[category]
  return suppress === 'never' || suppress.after === 1 ? null : atMs - suppress.withinMs
}

/** Whether a recipient is to be left alone after strikes at these times, the sign at `atMs` among them. */
export function stopAfter(category: Category, strikesMs: readonly number[], atMs: number): Stop | null {
  const { suppress } = MEANINGS[category]
  if (suppress === 'never') return null
  const counted = strikesMs.filter((ms) => atMs - ms <= suppress.withinMs)
  const spanMs = atMs - Math.min(atMs, ...counted)
  if (suppress.after > 1 && (counted.length < suppress.after || spanMs < (suppress.minSpanMs ?? 0))) return null
  return { scope: OF_MANY.has(category) ? 'broadcast' : 'all', expiresMs: suppress.forMs === null ? null : atMs + suppress.forMs }
}

/** Who calls mail unwanted still gets the answers they ask for. deliverability §4.5. */
const OF_MANY: ReadonlySet<Category> = new Set(['complaint', 'unsubscribe'])
