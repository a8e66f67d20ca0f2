import type { DeliveryId } from '../../base/brand.ts'
import type { Event, EventType } from '../event/event.ts'
import { CATEGORIES, type Category } from '../pool/category.ts'
import { providerOfSite } from '../pool/site.ts'
import { MAX_WORD_CHARS } from './limits.ts'

/** What an event tells the statistics: everything else in it, transcripts above all, is left behind. */
export interface Fact {
  readonly type: EventType
  readonly atMs: number
  readonly organization: string
  readonly delivery: DeliveryId
  readonly domain: string
  readonly stream: string
  readonly provider: string
  readonly source: string
  readonly category: Category | ''
  /** When it is to go; null when the event does not say. */
  readonly dueMs: number | null
  /** Given up because its time was over, not because of a try. */
  readonly expired: boolean
  /** A deferral that was no try: its turn was cut short. */
  readonly cutShort: boolean
}

const TOLD: ReadonlySet<EventType> = new Set<EventType>([
  'delivery.queued', 'delivery.captured', 'delivery.deferred', 'delivery.delivered', 'delivery.failed', 'delivery.held', 'delivery.rescheduled',
  'delivery.cancelled', 'delivery.suppressed', 'delivery.bounced', 'delivery.complained',
])

/** What an event tells the statistics; null for most. */
export function factOf({ type, atMs, organization, delivery, data }: Event): Fact | null {
  if (!TOLD.has(type) || delivery === null || typeof data !== 'object' || data === null) return null
  const told = data as Readonly<Record<string, unknown>>
  const expired = told['expired'] === true || told['category'] === 'expired'
  return {
    ...{ type, atMs, organization, delivery },
    domain: domainOf(told['recipient']),
    stream: word(told['stream']),
    provider: providerOf(told['site']),
    source: word(told['source']),
    category: categoryOf(expired ? (told['underlying'] ?? 'expired') : told['category']),
    dueMs: typeof told['dueMs'] === 'number' ? told['dueMs'] : null,
    expired,
    cutShort: told['counted'] === false,
  }
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
