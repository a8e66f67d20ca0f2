import type { NewEvent } from '../../src/core/event/event.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const KINDS: Readonly<Record<string, string>> = {
  'bad-mailbox': 'hard', 'mailbox-full': 'soft', throttled: 'soft', greylist: 'soft', 'block-ip': 'block', 'spam-content': 'block',
}
const HEARD = ['yahoo', 'ms-consumer']

type Told = Readonly<Record<string, unknown>>

/**
 * Counts a whole log anew, delivery by delivery, with all of its events at hand: what the roll-ups must come to. Mail of test keys is none of it. Knows nothing of how they are made. Keys
 * are the row's words joined by a space, values the counters that are not 0. Cells have more words than points of lines.
 */
export function recount(log: readonly NewEvent[]): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const rows = new Map<string, Record<string, number>>()
  const ofTests = new Set(log.flatMap(({ delivery, data }) => (delivery !== null && (data as Told)['mode'] === 'test' ? delivery : [])))
  const counted = log.filter(({ delivery, data }) => (delivery === null ? (data as Told)['mode'] !== 'test' : !ofTests.has(delivery)))
  for (const [delivery, events] of Map.groupBy(counted, (event) => event.delivery)) {
    if (delivery === null) for (const event of events.filter(({ type }) => type === 'email.opened' || type === 'email.clicked')) countShared(event, rows)
    else countOne(events, rows)
  }
  return rows
}

function countOne(all: readonly NewEvent[], rows: Rows): void {
  const start = all.findIndex(({ type }) => ['delivery.queued', 'delivery.captured', 'delivery.suppressed'].includes(type))
  if (start === -1) return
  const events = all.slice(start)
  const first = events[0] as NewEvent // `start` is in range.
  const { stream, recipient, dueMs, tags = [], tracking = 'both' } = first.data as { readonly stream: string; readonly recipient: string; readonly dueMs?: number; readonly tags?: readonly string[]; readonly tracking?: string }
  const domain = recipient.slice(recipient.indexOf('@') + 1).toLowerCase()
  const add = (atMs: number, provider: string, told: Told, category: string, names: readonly string[]): void => {
    const [source, pool] = [textOf(told['source']), textOf(told['pool'])]
    put(rows, first.organization, atMs, ['full', '', stream, provider, domain, source, pool, category], names)
    put(rows, first.organization, atMs, ['brief', '', stream, provider, '', '', '', category], names)
    for (const line of Object.entries({ stream, provider, domain, source, pool, category })) put(rows, first.organization, atMs, line, names)
    for (const tag of new Set(tags)) {
      put(rows, first.organization, atMs, ['tag', tag, stream, provider, '', '', '', category], names)
      put(rows, first.organization, atMs, ['tag', tag], names)
    }
  }
  const end = events.find(({ type, data }, i) => isEnd(type) && (i > 0 || type === 'delivery.suppressed') && data !== null) ?? null
  const before = end === null ? events : events.slice(0, events.indexOf(end) + 1)
  const tries = before.filter(({ type, data }) => (type === 'delivery.deferred' && (data as Told)['counted'] !== false) || type === 'delivery.delivered' || (type === 'delivery.failed' && (data as Told)['expired'] !== true))
  for (const { type, atMs, data } of tries) add(atMs, providerOf(data as Told), data as Told, type === 'delivery.delivered' ? '' : categoryOf(data as Told), ['tries', `tries${type.slice(9, 10).toUpperCase()}${type.slice(10)}`])
  const last = tries.at(-1)
  const deferrals = tries.filter(({ type }) => type === 'delivery.deferred')
  const bounce = end?.type === 'delivery.delivered' ? events.find(({ type, atMs }) => type === 'delivery.bounced' && atMs - end.atMs <= 5 * DAY_MS) : undefined
  const fate = bounce === undefined ? fateOf(end) : 'late'
  const provider = last === undefined ? '' : providerOf(last.data as Told)
  const complained = fate === 'delivered' && events.some(({ type, data }) => type === 'delivery.complained' && (data as Told)['category'] === 'complaint')
  const isTimed = dueMs !== undefined && dueMs <= first.atMs && !before.some(({ type }) => type === 'delivery.held' || type === 'delivery.rescheduled')
  const names = [
    fate,
    ...(first.type === 'delivery.suppressed' ? [] : ['accepted']),
    ...(tries.length > 0 ? ['attempted'] : []),
    ...(deferrals.length > 0 ? ['deferred'] : []),
    ...(complained ? ['complained'] : []),
    ...(fate === 'delivered' && HEARD.includes(provider) ? ['deliveredHeard', ...(complained ? ['complainedHeard'] : [])] : []),
    ...(fate === 'delivered' && end !== null ? ['deliveredAway', ...(isOverTls(end.data as Told) ? ['deliveredTls'] : []), ...engagement(events)] : []),
    ...(fate === 'delivered' && ['none', 'clicks'].includes(tracking) ? ['deliveredNoPicture'] : []),
    ...(fate === 'delivered' && ['none', 'opens'].includes(tracking) ? ['deliveredNoLinks'] : []),
    ...(fate === 'delivered' && isTimed && tries.length === 1 && end !== null ? [bucket(end.atMs - first.atMs)] : []),
  ]
  const why = fate === 'delivered' ? undefined : (bounce ?? end ?? deferrals.at(-1))?.data
  const category = fate === 'cancelled' ? 'cancelled' : categoryOf((why ?? {}) as Told)
  add(first.atMs, provider, (last?.data ?? {}) as Told, category, names)
}

function isEnd(type: string): boolean {
  return ['delivery.delivered', 'delivery.failed', 'delivery.cancelled', 'delivery.suppressed'].includes(type)
}

function fateOf(end: NewEvent | null): string {
  if (end === null) return 'waiting'
  if (end.type !== 'delivery.failed') return end.type.slice('delivery.'.length)
  return (end.data as Told)['expired'] === true ? 'expired' : (KINDS[String((end.data as Told)['category'])] ?? 'other')
}

function providerOf({ site }: Told): string {
  const known = ['gmail', 'yahoo', 'ms-consumer', 'm365'].find((key) => String(site).startsWith(key))
  return known ?? 'other'
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isOverTls({ tries }: Told): boolean {
  return Array.isArray(tries) && (tries.at(-1) as Told)['tls'] !== null
}

/** What its reader did: the newest counts, which are of most hits, hold, and openings of proxies are those that were called so. */
function engagement(events: readonly NewEvent[]): readonly string[] {
  const hits = events.filter(({ type }) => type === 'email.opened' || type === 'email.clicked')
  const seen = hits.map(({ data }) => data as Readonly<Record<string, number>>)
  const total = ({ opens: of = 0, clicks: and = 0 }: Readonly<Record<string, number>>): number => of + and
  const { opens = 0, clicks = 0, humanOpens = 0, humanClicks = 0 } = seen.findLast((each) => seen.every((other) => total(other) <= total(each))) ?? {}
  const proxies = hits.filter(({ type, data }) => type === 'email.opened' && (data as Told)['class'] === 'proxy').length
  const many = (name: string, count: number): readonly string[] => Array.from({ length: Math.max(0, count) }, () => name)
  const stops = events.find(({ type, data }) => type === 'email.unsubscribed' || (type === 'delivery.answered' && (data as Told)['category'] === 'unsubscribe'))
  const asked = (stops?.data as Told | undefined)?.['by'] === 'page' ? 'Page' : 'OneClick'
  const how = stops?.type === 'delivery.answered' ? 'Mail' : asked
  return [
    ...many('opensHuman', humanOpens), ...many('opensProxy', proxies), ...many('opensBot', opens - humanOpens - proxies), ...many('clicksHuman', humanClicks), ...many('clicksBot', clicks - humanClicks),
    ...(opens > 0 ? ['openedAny'] : []), ...(humanOpens > 0 ? ['opened'] : []), ...(clicks > 0 ? ['clickedAny'] : []), ...(humanClicks > 0 ? ['clicked'] : []),
    ...(stops === undefined ? [] : [`unsubscribed${how}`]),
    ...(events.some(({ type }) => type === 'email.resubscribed') ? ['resubscribed'] : []),
  ]
}

type Rows = Map<string, Record<string, number>>

/** Lines of these have hours only. */
const BY_HOUR = ['stream', 'provider', 'source', 'pool', 'category', 'tag']

function put(rows: Rows, organization: string, atMs: number, [facet = '', ...words]: readonly string[], names: readonly string[]): void {
  for (const [step, ms] of [['hour', HOUR_MS], ['day', DAY_MS]] as const) {
    if (step === 'day' && words.length === 1 && BY_HOUR.includes(facet)) continue
    const key = [organization, facet, step, Math.floor(atMs / ms) * ms, ...words].join(' ')
    const row = rows.get(key) ?? {}
    for (const name of names) row[name] = (row[name] ?? 0) + 1
    rows.set(key, row)
  }
}

/** Of a hit nobody knows whose it is: all that is known is the stream. */
function countShared({ type, atMs, organization, data }: NewEvent, rows: Rows): void {
  const { class: judged, stream } = data as Readonly<Record<string, string>>
  const nobody = judged === 'proxy' && type === 'email.opened' ? 'Proxy' : 'Bot'
  const by = judged === 'human' ? 'Human' : nobody
  const name = `${type === 'email.opened' ? 'opens' : 'clicks'}${by}`
  for (const facet of ['full', 'brief']) put(rows, organization, atMs, [facet, '', stream ?? '', '', '', '', '', ''], [name])
  for (const axis of ['stream', 'provider', 'domain', 'source', 'pool', 'category']) put(rows, organization, atMs, [axis, axis === 'stream' ? (stream ?? '') : ''], [name])
}

function categoryOf({ category, underlying, expired }: Told): string {
  const told = expired === true ? (underlying ?? 'expired') : category
  if (told === null || told === undefined) return ''
  return told === 'nobody-knows-this' ? 'unclassified' : String(told)
}

function bucket(tookMs: number): string {
  const ends = [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400]
  const i = ends.findIndex((end) => tookMs <= end * 1_000)
  return `t${i === -1 ? ends.length : i}`
}
