import type { Clock } from '../../base/clock.ts'
import { DAY_MS, dayNumber, MINUTE_MS } from '../../base/duration.ts'
import { isForOldSources, overflowOf } from '../pool/overflow.ts'
import { mayOverflow, pickPool } from '../pool/pick-pool.ts'
import { chanceOf, type Picked, pickSource } from '../pool/pick-source.ts'
import { ageDays, type Traffic } from '../pool/source.ts'
import type { Shaper } from '../pool/shaper.ts'
import type { KeptPool, KeptSource, SourceBook, TakeRoomArgs } from '../pool/sql-source.ts'
import { type LeasedDelivery, type Outcome, REPORT_PRIORITY } from '../queue/delivery.ts'
import { BACKUP_STREAM } from '../queue/patience.ts'
import { FAMILIES } from './families.ts'
import { KnownUntil } from './known-until.ts'
import { NewDomains, type TakeDomainRoom } from './new-domains.ts'
import { oneSource, type Assigned, type Destination, type SendingSource, type Sources, type Standing } from './sending-source.ts'

/** What choosing sources is made of. */
export interface PooledOptions {
  readonly book: () => Promise<SourceBook>
  /** Takes room of a warming source, for all senders together. */
  readonly takeRoom: (args: TakeRoomArgs) => Promise<{ readonly granted: number; readonly roomAgainMs: number | null }>
  /** The same of a new domain. */
  readonly takeDomainRoom: TakeDomainRoom
  readonly shaper: Shaper
  readonly clock: Clock
  /** What sends while no source is named: our own name, and since when it has been sending. */
  readonly hostname: string
  readonly ownAgeDays: () => number
}

/** How long the book is believed. */
const BOOK_MS = 5_000

/** Nothing may carry it now, and nobody knows when that changes: it is looked at again after this. */
const LOOK_AGAIN_MS = 5 * MINUTE_MS

type Choice = { readonly kind: 'source'; readonly source: string; readonly pool: string } | { readonly kind: 'wait'; readonly text: string; readonly dueMs: number }

/** By source. */
type Going = ReadonlyMap<string, readonly LeasedDelivery[]>

interface Asked {
  readonly delivery: LeasedDelivery
  readonly to: Destination
  readonly pool: KeptPool
  readonly overflow: KeptPool | null
  readonly book: SourceBook
  readonly standing: Standing
  /** Whether suspended sources count. */
  readonly stops: 'obey' | 'ignore'
}

/**
 * Says from which of our addresses mail leaves: by pool, health, suspension and warm-up. deliverability §3.6. Without any source in the
 * book, mail leaves from wherever the kernel says.
 */
export class PooledSources implements Sources {
  readonly #options: PooledOptions
  readonly #own: Sources
  #book: { readonly untilMs: number; readonly book: SourceBook } | null = null
  readonly #newDomains: NewDomains
  /** Warming sources without room for a site, until when. */
  readonly #full = new KnownUntil()

  constructor(options: PooledOptions) {
    this.#options = options
    this.#newDomains = new NewDomains(options.takeDomainRoom)
    this.#own = oneSource(options.hostname, options.ownAgeDays)
  }

  async assign(deliveries: readonly LeasedDelivery[], to: Destination, known: Standing): Promise<Assigned> {
    const book = await this.#read()
    if (book.sources.size === 0) return await this.#own.assign(deliveries, to, known)
    const standing = await withFamilies(known, deliveries, book)
    const going = new Map<string, LeasedDelivery[]>()
    const waiting: Assigned['waiting'][number][] = []
    let left: readonly LeasedDelivery[] = deliveries
    // A round fills a source or places all: there are no more rounds than sources.
    for (let round = 0; left.length > 0 && round <= book.sources.size; round++) {
      const chosen = new Map<string, LeasedDelivery[]>()
      for (const delivery of left) {
        const choice = this.#choose(delivery, to, book, standing)
        if (choice.kind === 'wait') waiting.push({ delivery, outcome: this.#later(choice) })
        else chosen.set(choice.source, [...(chosen.get(choice.source) ?? []), { ...delivery, pool: choice.pool }])
      }
      left = []
      for (const [source, own] of chosen) left = [...left, ...(await this.#place(source, own, to, book, going))]
    }
    const full = { text: 'all addresses that may send this are full', dueMs: this.#now() + LOOK_AGAIN_MS }
    waiting.push(...left.map((delivery) => ({ delivery, outcome: this.#later(full) })))
    const admitted = await this.#admit(going, to, book)
    waiting.push(...admitted.waiting)
    return { going: [...admitted.going].flatMap(([id, own]) => ofSource(book, id, own, this.#now())), waiting }
  }

  async #read(): Promise<SourceBook> {
    const nowMs = this.#now()
    if (this.#book === null || this.#book.untilMs <= nowMs) this.#book = { untilMs: nowMs + BOOK_MS, book: await this.#options.book() }
    return this.#book.book
  }

  #choose(delivery: LeasedDelivery, to: Destination, book: SourceBook, standing: Standing): Choice {
    const soon = this.#now() + LOOK_AGAIN_MS
    const { organization } = delivery
    const domainMs = this.#newDomains.waitsUntilMs(delivery, to, book.newDomains, this.#now())
    if (domainMs !== null) return { kind: 'wait', text: newText(delivery), dueMs: domainMs }
    const sender = { traffic: trafficOf(delivery), organization, standing: book.trials.has(organization) ? 'trial' : 'verified', grade: book.grades.get(organization) ?? 'B' } as const
    const chosen = pickPool({ ...sender, pinned: null, pools: book.pools })
    const pool = book.pools.find(({ id }) => id === chosen?.id)
    if (pool === undefined) return { kind: 'wait', text: 'no pool may carry mail of this kind', dueMs: soon }
    const ask = (overflow: KeptPool | null, stops: 'obey' | 'ignore') => this.#pick({ delivery, to, pool, overflow, book, standing, stops })
    const old = this.#oldSide(delivery, pool, book)
    const split = old === null ? null : this.#pick({ delivery, to, pool: old, overflow: null, book, standing, stops: 'obey' })
    if (split?.kind === 'source') return { kind: 'source', source: split.source.id, pool: pool.id }
    const picked = ask(null, 'obey')
    if (picked.kind === 'source') return { kind: 'source', source: picked.source.id, pool: pool.id }
    const whys = new Set(picked.refused.map(({ why }) => why))
    // One that is suspended holds its mail by itself, and sends its canaries. What another one has room for soon need not wait for that.
    const held = whys.has('stopped') && !whys.has('no-room') ? ask(null, 'ignore') : picked
    if (held.kind === 'source') return { kind: 'source', source: held.source.id, pool: pool.id }
    if (!whys.has('no-room')) return { kind: 'wait', text: `no address of pool ${pool.id} may send this now: ${[...whys].map((why) => (why === 'family' ? beyondText(delivery, picked) : why)).join(', ') || 'it has none'}`, dueMs: soon }
    const full = picked.refused.filter(({ why }) => why === 'no-room')
    const roomAgainMs = Math.min(...full.map(({ source }) => this.#full.of(fullKey(source, to)) ?? Number.POSITIVE_INFINITY))
    const next = book.pools.find(({ id }) => id === pool.overflow) ?? null
    const isSharedEligible = next !== null && mayOverflow(sender, next)
    const overflow = overflowOf({ mode: pool.mode, isPaused: false, isSharedEligible, expiresMs: delivery.expiresMs, roomAgainMs })
    const other = overflow.kind === 'wait' ? picked : ask(next, 'obey')
    if (other.kind === 'source') return { kind: 'source', source: other.source.id, pool: pool.id }
    return { kind: 'wait', text: `the addresses of pool ${pool.id} are warming up, and have sent enough for now`, dueMs: Math.min(roomAgainMs, this.#now() + DAY_MS) }
  }

  /** The pool of the old addresses, where a strict split leaves this delivery to them: at each of its tries, until the share of the new ones has grown. */
  #oldSide({ id }: LeasedDelivery, { mode, sources, overflow }: KeptPool, book: SourceBook): KeptPool | null {
    const members = sources.flatMap((source) => book.sources.get(source) ?? [])
    const news = members.flatMap(({ warming }) => warming?.state ?? [])
    const isOld = news.length === members.length && isForOldSources(mode, news, chanceOf(id))
    return isOld ? (book.pools.find((pool) => pool.id === overflow) ?? null) : null
  }

  #pick({ delivery, to: { site }, pool, overflow, book, standing, stops }: Asked): Picked {
    const { organization, last, lane } = delivery
    const nowMs = this.#now()
    return pickSource({
      organization,
      site,
      pool,
      overflow,
      sources: book.sources,
      families: FAMILIES.filter((family) => !standing.isBeyond(lane, family)),
      prefer: last?.source ?? null,
      isDown: ({ id }) => standing.isDown(id),
      isStopped: ({ id }) => stops === 'obey' && !this.#isOpen(id, site, delivery),
      hasRoom: ({ id }) => (this.#full.of(fullKey(id, { site })) ?? 0) <= nowMs,
      isIdle: ({ id }) => standing.isIdle(id),
    })
  }

  #isOpen(source: string, site: string, { organization, stream, priority, view: { author } }: LeasedDelivery): boolean {
    return this.#options.shaper.isOpen({ source, site, organization, stream, author }, priority === 2 ? 'bulk' : 'other', this.#now())
  }

  /** Of those that have a source, lets go as many as their domains allow. What is suspended there does not go anyway, and counts for nothing. */
  async #admit(going: Going, to: Destination, { newDomains }: SourceBook): Promise<{ readonly going: Going; readonly waiting: Assigned['waiting'] }> {
    if (newDomains.size === 0) return { going, waiting: [] }
    const nowMs = this.#now()
    const open = [...going].flatMap(([source, own]) => own.filter((delivery) => this.#isOpen(source, to.site, delivery)))
    const waiting = await this.#newDomains.notNow(open, to, newDomains, nowMs)
    return {
      going: new Map([...going].map(([source, own]) => [source, own.filter((delivery) => !waiting.has(delivery))])),
      waiting: [...waiting].map(([delivery, dueMs]) => ({ delivery, outcome: this.#later({ text: newText(delivery), dueMs }) })),
    }
  }

  /** Gives deliveries to a source, as far as its warm-up lets it. What is suspended there does not go anyway, and takes no room. Returns those that need another one. */
  async #place(id: string, deliveries: readonly LeasedDelivery[], to: Destination, book: SourceBook, going: Map<string, LeasedDelivery[]>): Promise<readonly LeasedDelivery[]> {
    const nowMs = this.#now()
    const source = book.sources.get(id)
    const { open = [], held = [] } = Object.groupBy(deliveries, (delivery) => (this.#isOpen(id, to.site, delivery) ? 'open' : 'held'))
    const wanted = open.length
    const asks = wanted > 0 && source !== undefined && hasToAsk(source, nowMs)
    const { granted, roomAgainMs } = asks ? await this.#options.takeRoom({ source: id, site: to.site, provider: to.provider, wanted, nowMs }) : { granted: wanted, roomAgainMs: null }
    const placed = [...held, ...open.slice(0, granted)]
    if (placed.length > 0) going.set(id, [...(going.get(id) ?? []), ...placed])
    if (roomAgainMs !== null) this.#full.note(fullKey(id, to), roomAgainMs)
    return open.slice(granted)
  }

  #later({ text, dueMs }: { readonly text: string; readonly dueMs: number }): Outcome {
    const answer = { status: '4.3.2', text, host: null, atMs: this.#now() }
    return { kind: 'deferred', answer, dueMs, counted: false, possibleDuplicate: false }
  }

  #now(): number {
    return this.#options.clock.nowMs()
  }
}

/** Where there is a choice between families, DNS is asked which of them leads to each domain: room is taken from sources that may go there. */
async function withFamilies(standing: Standing, deliveries: readonly LeasedDelivery[], { sources }: SourceBook): Promise<Standing> {
  if (new Set([...sources.values()].map(({ family }) => family)).size < 2) return standing
  const known = new Map<string, readonly string[]>()
  for (const { lane } of deliveries) if (!known.has(lane)) known.set(lane, await standing.families(lane))
  return { ...standing, isBeyond: (lane, family) => standing.isBeyond(lane, family) || known.get(lane)?.includes(family) === false }
}

/** A warm source is asked once a day whether it was silent for too long, and one that has never sent begins. */
function hasToAsk({ warming, sendsSinceMs, sentOn }: KeptSource, nowMs: number): boolean {
  return warming !== null || sendsSinceMs === null || (sentOn !== null && sentOn < dayNumber(nowMs))
}

function fullKey(source: string, { site }: Pick<Destination, 'site'>): string {
  return `${source} ${site}`
}

function newText({ view: { author } }: LeasedDelivery): string {
  return `${author} is new here, and as much to many was sent in its name today as providers take of a new domain`
}

function beyondText({ lane }: LeasedDelivery, { refused }: Extract<Picked, { kind: 'none' }>): string {
  const ours = refused.filter(({ why }) => why === 'family').map(({ source }) => source)
  return `the servers of ${lane} have no address of the family of ${ours.slice(0, 5).join(', ')}`
}

/** What kind of mail it is, for pools. deliverability §3.6. */
function trafficOf({ priority, stream, view: { forwardedBy } }: LeasedDelivery): Traffic {
  // What strangers wrote, their reports too, is told apart from what we answer for.
  if (forwardedBy !== undefined || stream === BACKUP_STREAM) return 'forwarding'
  if (priority === REPORT_PRIORITY) return 'system'
  if (priority === 0) return 'transactional'
  return priority === 2 ? 'broadcast' : 'submission'
}

function ofSource({ sources }: SourceBook, id: string, deliveries: readonly LeasedDelivery[], nowMs: number): Assigned['going'] {
  const source = sources.get(id)
  return source === undefined ? [] : [{ source: sendingSource(source, nowMs), deliveries }]
}

function sendingSource(source: KeptSource, nowMs: number): SendingSource {
  return { id: source.id, address: source.bind.address ?? source.address, ehlo: source.ehlo, ageDays: ageDays(source, nowMs), isWarming: source.warming !== null }
}
