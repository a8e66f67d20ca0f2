import type { DeliveryId } from '../../base/brand.ts'
import type { Event, EventType } from '../event/event.ts'
import { CATEGORIES, type Category } from '../pool/category.ts'
import { providerOfSite } from '../pool/site.ts'
import type { HitClass } from '../track/classify.ts'
import { COUNTED_TAGS, MAX_WORD_CHARS } from './limits.ts'

/** What an event tells the statistics: everything else in it, transcripts above all, is left behind. */
export interface Fact {
  readonly type: EventType
  readonly atMs: number
  readonly organization: string
  /** Null only for a hit that may be any recipient's. */
  readonly delivery: DeliveryId | null
  readonly domain: string
  readonly stream: string
  readonly provider: string
  readonly source: string
  readonly pool: string
  /** Those that it is counted under. */
  readonly tags: readonly string[]
  /** Its try was encrypted. */
  readonly tls: boolean
  /** What of it cannot tell of its reader: its message has neither picture nor links of ours, or only one of them. Null when it can, or the event does not say. */
  readonly tracking: 'none' | 'opens' | 'clicks' | null
  /** Somebody or something looked at the message; null: it tells of something else. */
  readonly hit: HitFact | null
  /** How its recipient asked for no more; null: it tells of something else. */
  readonly unsubscribed: Unsubscribed | null
  readonly category: Category | ''
  /** When it is to go; null when the event does not say. */
  readonly dueMs: number | null
  /** Given up because its time was over, not because of a try. */
  readonly expired: boolean
  /** A deferral that was no try: its turn was cut short. */
  readonly cutShort: boolean
}

/** A hit, and all hits of the recipient so far as they are judged now. */
export interface HitFact {
  readonly kind: 'open' | 'click'
  readonly class: HitClass
  readonly opens: number
  readonly clicks: number
  readonly humanOpens: number
  readonly humanClicks: number
}

/** How somebody asks for no more: by the mail program (RFC 8058), on our page, or in an answer. */
export type Unsubscribed = 'one-click' | 'page' | 'mail'

const TOLD: ReadonlySet<EventType> = new Set<EventType>([
  'delivery.queued', 'delivery.captured', 'delivery.deferred', 'delivery.delivered', 'delivery.failed', 'delivery.held', 'delivery.rescheduled',
  'delivery.cancelled', 'delivery.suppressed', 'delivery.bounced', 'delivery.complained', 'delivery.answered', 'email.opened', 'email.clicked', 'email.unsubscribed', 'email.resubscribed',
])

/** What an event tells the statistics; null for most, and for all that tells of mail of a test key: nothing of that came to be, so it counts nowhere, and a delivery that was not begun has no later either. */
export function factOf({ type, atMs, organization, delivery, data }: Event): Fact | null {
  if (!TOLD.has(type) || (delivery === null && !HITS.has(type)) || typeof data !== 'object' || data === null) return null
  const told = data as Readonly<Record<string, unknown>>
  if (told['mode'] === 'test') return null
  const expired = told['expired'] === true || told['category'] === 'expired'
  return {
    ...{ type, atMs, organization, delivery },
    domain: domainOf(told['recipient']),
    stream: word(told['stream']),
    provider: providerOf(told['site']),
    source: word(told['source']),
    pool: word(told['pool']),
    tags: tagsOf(told['tags']),
    tls: isEncrypted(told['tries']),
    tracking: TRACKINGS.find((each) => each === told['tracking']) ?? null,
    hit: HITS.has(type) ? hitOf(type, told) : null,
    unsubscribed: unsubscribedBy(type, told),
    category: categoryOf(expired ? (told['underlying'] ?? 'expired') : told['category']),
    dueMs: typeof told['dueMs'] === 'number' ? told['dueMs'] : null,
    expired,
    cutShort: told['counted'] === false,
  }
}

const TRACKINGS = ['none', 'opens', 'clicks'] as const

const HITS: ReadonlySet<EventType> = new Set<EventType>(['email.opened', 'email.clicked'])

function hitOf(type: EventType, told: Readonly<Record<string, unknown>>): HitFact {
  const count = (name: string): number => (Number.isSafeInteger(told[name]) ? Math.max(0, Number(told[name])) : 0)
  const judged = told['class'] === 'human' || told['class'] === 'proxy' ? told['class'] : 'bot'
  return { kind: type === 'email.opened' ? 'open' : 'click', class: judged, opens: count('opens'), clicks: count('clicks'), humanOpens: count('humanOpens'), humanClicks: count('humanClicks') }
}

function unsubscribedBy(type: EventType, told: Readonly<Record<string, unknown>>): Unsubscribed | null {
  if (type === 'delivery.answered') return told['category'] === 'unsubscribe' ? 'mail' : null
  if (type !== 'email.unsubscribed') return null
  return told['by'] === 'one-click' || told['by'] === 'mail' ? told['by'] : 'page'
}

/** Each once, the first few: a delivery is counted once more for each. */
function tagsOf(tags: unknown): readonly string[] {
  return Array.isArray(tags) ? [...new Set(tags.map(word).filter((tag) => tag !== ''))].slice(0, COUNTED_TAGS) : []
}

/** The last server that was asked is the one that answered. */
function isEncrypted(tries: unknown): boolean {
  const last: unknown = Array.isArray(tries) ? tries.at(-1) : null
  return typeof last === 'object' && last !== null && typeof (last as { readonly tls?: unknown }).tls === 'string'
}

function domainOf(recipient: unknown): string {
  const text = word(recipient === undefined || typeof recipient !== 'string' ? '' : recipient.slice(recipient.lastIndexOf('@') + 1))
  return text.toLowerCase()
}

/** What was tried has a site; what went to mailboxes here has none. Sites of strangers are as many as domains: those have a name of their own. */
function providerOf(site: unknown): string {
  if (typeof site !== 'string' || site === '') return 'local'
  return providerOfSite(site) ?? 'other'
}

function categoryOf(value: unknown): Category | '' {
  if (value === null || value === undefined) return ''
  return CATEGORIES.find((each) => each === value) ?? 'unclassified'
}

/** Text as every database takes it in a key. */
function word(value: unknown): string {
  // eslint-disable-next-line no-control-regex -- they are what is meant
  return typeof value === 'string' ? value.slice(0, MAX_WORD_CHARS).toWellFormed().replace(/[\u0000-\u001f\u007f]/g, '?') : ''
}
