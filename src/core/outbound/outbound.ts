import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '../../base/log.ts'
import { TaskGroup } from '../../base/task-group.ts'
import type { Override } from '../pool/resolve.ts'
import type { Shaper } from '../pool/shaper.ts'
import type { WarmupNewsArgs } from '../pool/sql-source.ts'
import { providerOfSite } from '../pool/site.ts'
import { type LeasedDelivery, LOCAL_LANE } from '../queue/delivery.ts'
import { patienceOf, waitMs } from '../queue/patience.ts'
import type { LeaseArgs, WaitingLane } from '../queue/sql-lease.ts'
import type { SettleArgs } from '../queue/sql-settle.ts'
import { Backoff } from './backoff.ts'
import type { ChosenRoutes } from './chosen-routes.ts'
import { deliver, type DeliverOptions } from './deliver.ts'
import { meant } from './meant.ts'
import { type Routed, type RouteSettings, routeOf } from './route-of.ts'
import { Road, type Settling } from './road.ts'
import type { SendingSource, Sources } from './sending-source.ts'
import { Shape } from './shape.ts'
import { SharedShaping, type ShapingStore } from './shared-shaping.ts'
import { type RoadEnds, Site } from './site.ts'
import { storyOf } from './story.ts'
import { BrokenTls } from './tls/broken-tls.ts'
import type { TlsTally } from './tls/tally.ts'
import { WarmupDiary } from './warmup-diary.ts'

/** What the outbound engine asks of the queue and of leases. */
export interface QueueStore {
  /** Domains with deliveries that wait, after `after`. */
  waiting(after: string): Promise<{ readonly lanes: readonly WaitingLane[]; readonly next: string | null }>
  lease(args: LeaseArgs): Promise<readonly LeasedDelivery[]>
  /** `id`: makes it happen once. */
  settle(args: SettleArgs, id: string): Promise<number>
  /** Takes or renews a lease; false while somebody else holds it. */
  hold(name: string, untilMs: number): Promise<boolean>
  letGo(name: string): Promise<void>
  /** Gives back what senders held that are gone. Returns how many deliveries. */
  recoverLost(): Promise<number>
}

/** What the engine is made of. */
export interface OutboundOptions extends Omit<DeliverOptions, 'source' | 'tlsNeed' | 'brokenTls' | 'tlsSeen'> {
  readonly store: QueueStore
  readonly shaping: ShapingStore
  /** Keeps what became of mail of warming sources. */
  readonly noteWarmup: (all: readonly WarmupNewsArgs[]) => Promise<void>
  /** This sender's name among all, new at each start. */
  readonly holder: string
  readonly routes: Omit<RouteSettings, 'chosen' | 'keepsFor'>
  readonly chosenRoutes: ChosenRoutes
  /** What the operator says of the limits of a domain, or of a relay. */
  readonly overrides: (domain: string, isChosen: boolean) => readonly Override[]
  /** Says from which of our addresses mail leaves; `shaper` knows what is suspended. */
  readonly sources: (shaper: Shaper) => Sources
  /** Counts how TLS went. */
  readonly tally: Pick<TlsTally, 'add' | 'flush'>
  readonly newId: () => string
  readonly log: Log
  /** Told of every try, for the numbers. */
  readonly tried: (outcome: string, count: number) => void
}

/** How often it looks for work that nobody told of. */
const SWEEP_MS = 2_000

/** Leases, and how often they are renewed. */
const LEASE_MS = 30_000
const RENEW_MS = 10_000

/** How often it looks for what other senders, and people, have said of sites. */
const SHAPING_MS = 5_000

/** A site that had nothing to do for so long is given up, so that another worker may have it. */
const SITE_IDLE_MS = 60_000

/** Outcomes that could not be written are tried again that often. */
const SETTLE_AGAIN_MS = 1_000

/** Nothing leaves for a domain that has no servers. */
const NO_SOURCE: SendingSource = { id: '', address: null, ehlo: '', ageDays: 0, isWarming: false }

/** Domains without a site (DNS does not answer, or says no): deliveries dealt with at once. */
const BATCH = 100

/**
 * Sends what is queued: finds domains with deliveries due, resolves them to sites, and lets each site that it holds the lease of do its work.
 * docs/decision/006-outbound.md. One in each worker; they share the work by leases.
 */
export class Outbound {
  readonly #options: OutboundOptions
  readonly #sites = new Map<string, Site>()
  /** Domains whose DNS does not answer. */
  readonly #lost = new Map<string, Backoff>()
  /** Sites that another sender holds, until when we believe it. */
  readonly #elsewhere = new Map<string, number>()
  readonly #looking = new Set<string>()
  readonly #shaping: SharedShaping
  readonly #sources: Sources
  readonly #diary: WarmupDiary
  readonly #brokenTls = new BrokenTls()
  readonly #tasks: TaskGroup
  readonly #stop = new AbortController()
  #hinted = new Set<string>()
  /** Until when the database has said that what we hold is ours. */
  #heldUntilMs = 0
  #isShaped = false
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: OutboundOptions) {
    this.#options = options
    this.#tasks = new TaskGroup(options.log)
    this.#shaping = new SharedShaping({ store: options.shaping, clock: options.clock, log: options.log })
    this.#sources = options.sources(this.#shaping.shaper)
    this.#diary = new WarmupDiary({ note: options.noteWarmup, nowMs: () => options.clock.nowMs(), log: options.log })
  }

  /** Begins to send. */
  start(): void {
    this.#running = this.#run()
  }

  /** What was stopped before a restart stays so: nothing goes before that is known. */
  async #run(): Promise<void> {
    await this.#repeat(SWEEP_MS, () => this.#refreshShaping(), () => this.#isShaped)
    await Promise.all([
      this.#repeat(SWEEP_MS, () => this.#sweep()),
      this.#repeat(RENEW_MS, () => this.#renewOrStop()),
      this.#repeat(SHAPING_MS, () => this.#refreshShaping()),
    ])
  }

  /** Says that a domain has something new to send: it is looked at now, not at the next sweep. */
  hint(lane: string): void {
    // Copies for mailboxes here wait in the same queue, and are no sender's: `local/release` makes them.
    if (lane === LOCAL_LANE || this.#stop.signal.aborted || this.#hinted.has(lane)) return
    this.#hinted.add(lane)
    // One turn later: of many messages to a domain the first look takes all.
    setImmediate(() => {
      this.#hinted.delete(lane)
      this.#look(lane)
    })
  }

  /** Stops: finishes or gives back what is under way, and lets go of every lease. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#tasks.settled()
    await Promise.all([...this.#sites].map(([name, site]) => this.#close(name, site)))
    await this.#shaping.settled()
    await Promise.all([this.#diary.flush(), this.#options.tally.flush()])
    await this.#options.store.letGo(senderLease(this.#options.holder)).catch(() => {}) // It runs out by itself.
  }

  async #repeat(everyMs: number, work: () => Promise<void>, isDone: () => boolean = () => false): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await work().catch((error: unknown) => this.#options.log.warn('outbound.failed', { error }))
      if (isDone()) return
      await wait(everyMs, undefined, { signal }).catch(() => {}) // Aborted: the loop ends.
    }
  }

  async #sweep(): Promise<void> {
    for (let after: string | null = ''; after !== null && !this.#stop.signal.aborted; ) {
      const { lanes, next }: Awaited<ReturnType<QueueStore['waiting']>> = await this.#options.store.waiting(after)
      const nowMs = this.#options.clock.nowMs()
      for (const { lane, dueMs } of lanes) if (dueMs <= nowMs) this.#look(lane)
      after = next
    }
  }

  /** Who cannot renew has to stop before others begin: a database that we cannot reach may well give our sites to them. */
  async #renewOrStop(): Promise<void> {
    try {
      await this.#renew()
    } catch (error) {
      if (this.#options.clock.nowMs() >= this.#heldUntilMs && this.#sites.size > 0) {
        this.#options.log.error('outbound.leases-lost', { sites: this.#sites.size })
        for (const [name, site] of this.#sites) this.#tasks.add('outbound.close-failed', this.#close(name, site))
      }
      throw error
    }
  }

  async #renew(): Promise<void> {
    const { store, clock, log } = this.#options
    const untilMs = clock.nowMs() + LEASE_MS
    await this.#live(untilMs)
    for (const [name, site] of this.#sites) {
      const { idleSinceMs } = site
      const isUnused = idleSinceMs !== null && clock.nowMs() - idleSinceMs > SITE_IDLE_MS && site.pausedUntilMs < clock.nowMs()
      if (isUnused || !(await store.hold(siteLease(name), untilMs))) await this.#close(name, site)
    }
    this.#shaping.forget()
    const recovered = await store.recoverLost()
    if (recovered > 0) log.warn('outbound.recovered', { deliveries: recovered })
  }

  async #refreshShaping(): Promise<void> {
    await Promise.all([this.#diary.flush(), this.#options.tally.flush(), this.#options.chosenRoutes.refresh()])
    const isNews = await this.#shaping.refresh()
    this.#isShaped = true
    if (isNews) for (const site of this.#sites.values()) site.refresh(this.#options.clock.nowMs())
  }

  /** Says that this sender lives: what it has taken is its own for so long. */
  async #live(untilMs: number): Promise<void> {
    await this.#options.store.hold(senderLease(this.#options.holder), untilMs)
    this.#heldUntilMs = untilMs
  }

  #look(lane: string): void {
    if (!this.#isShaped || this.#looking.has(lane) || this.#stop.signal.aborted) return
    this.#looking.add(lane)
    this.#tasks.add('outbound.look-failed', this.#open(lane).finally(() => this.#looking.delete(lane)))
  }

  /** Hands a domain with work to its site, if the site is ours or free. */
  async #open(lane: string): Promise<void> {
    const { clock, store } = this.#options
    const routed = await this.#route(lane)
    if (routed.plan.kind !== 'hops') return await this.#settleLost(lane, routed)
    this.#lost.delete(lane)
    const { site: name } = routed
    const known = this.#sites.get(name)
    if (known !== undefined) return known.add(lane)
    const nowMs = clock.nowMs()
    if ((this.#elsewhere.get(name) ?? 0) > nowMs) return
    await this.#live(nowMs + LEASE_MS)
    if (!(await store.hold(siteLease(name), nowMs + LEASE_MS))) {
      this.#elsewhere.set(name, nowMs + SWEEP_MS)
      return
    }
    const site = this.#sites.get(name) ?? this.#newSite(lane, routed)
    this.#sites.set(name, site)
    site.add(lane)
  }

  #newSite(lane: string, routed: Routed): Site {
    const { store, holder, clock, log } = this.#options
    const { site: name, provider } = routed
    return new Site({
      name,
      clock,
      log,
      lease: (from, limit) => store.lease({ lane: from, holder, limit, nowMs: clock.nowMs() }),
      assign: (deliveries, isDown) => this.#sources.assign(deliveries, { site: name, provider }, isDown),
      road: (source, ends) => this.#newRoad(source, { lane, routed }, ends),
      settle: (done, site) => this.#settle(done, site),
    })
  }

  #newRoad(source: SendingSource, { lane, routed }: { readonly lane: string; readonly routed: Routed }, ends: RoadEnds): Road {
    const { clock, log, chance, overrides } = this.#options
    const { site: name, provider, isChosen, isBackup, plan } = routed
    const domain = isChosen && plan.kind === 'hops' ? (plan.hops[0]?.host ?? lane) : lane
    const known = { site: name, source: source.id, provider, domain, sourceAgeDays: source.ageDays, overrides: overrides(domain, isChosen), shaping: this.#shaping }
    return new Road({
      ...ends,
      name,
      source,
      shape: new Shape(known, clock.nowMs()),
      isBackup,
      clock,
      log,
      chance,
      route: (from) => this.#route(from),
      deliver: (transaction, routed, { reuse, tlsNeed }, signal) => deliver(transaction, routed, reuse, { ...this.#deliverOptions(source), tlsNeed }, signal),
      noteWarmup: (happened) => this.#diary.add({ source: source.id, provider, ...happened }),
      moved: (from) => this.hint(from),
    })
  }

  #deliverOptions(source: SendingSource): Omit<DeliverOptions, 'tlsNeed'> {
    return { ...this.#options, source, brokenTls: this.#brokenTls, tlsSeen: (note) => this.#options.tally.add(note) }
  }

  async #close(name: string, site: Site): Promise<void> {
    this.#sites.delete(name)
    await site.stop()
    await this.#options.store.letGo(siteLease(name)).catch(() => {}) // It runs out by itself.
  }

  async #route(lane: string): Promise<Routed> {
    const { routes, chosenRoutes, names, chance } = this.#options
    const settings = { ...routes, chosen: (domain: string) => chosenRoutes.of(domain), keepsFor: (domain: string) => chosenRoutes.keepsFor(domain) }
    return await routeOf(lane, settings, names, chance, this.#stop.signal)
  }

  /** A domain that has no servers, or whose servers nobody can tell us. The latter is asked again later, for all its deliveries at once. */
  async #settleLost(lane: string, routed: Routed): Promise<void> {
    const { store, holder, clock } = this.#options
    const backoff = this.#lost.get(lane) ?? new Backoff()
    if (backoff.untilMs > clock.nowMs()) return
    await this.#live(clock.nowMs() + LEASE_MS)
    const deliveries = await store.lease({ lane, holder, limit: BATCH, nowMs: clock.nowMs() })
    if (deliveries.length === 0) return
    const done = await deliver({ deliveries }, routed, null, { ...this.#deliverOptions(NO_SOURCE), tlsNeed: 'opportunistic' }, this.#stop.signal)
    await this.#settle(done, lane)
    if (routed.plan.kind === 'temporary') {
      backoff.failed(clock.nowMs())
      this.#lost.set(lane, backoff)
    } else if (deliveries.length === BATCH) this.hint(lane)
  }

  /** Writes outcomes down, however long the database is away: what was delivered must not be sent again. */
  async #settle({ settled, tries, dsn, from }: Settling, site: string): Promise<void> {
    const { store, holder, clock, newId, log, tried } = this.#options
    const id = newId()
    const all = settled.map((each) => this.#meant(each, site))
    const args: SettleArgs = { holder, settled: all.map(slim), site, story: { ...storyOf(tries), dsn, ...(from === undefined ? {} : { source: from }) }, nowMs: clock.nowMs() }
    for (let failures = 0; ; failures++) {
      try {
        await store.settle(args, id)
        for (const { outcome } of all) tried(outcome.kind, 1)
        return
      } catch (error) {
        // After that the lease has run out, and others may have them.
        if (failures * SETTLE_AGAIN_MS > LEASE_MS) throw error
        if (failures === 0) log.warn('outbound.settle-waits', { error })
        await wait(SETTLE_AGAIN_MS)
      }
    }
  }

  #meant({ delivery, outcome }: Settling['settled'][number], site: string): Settling['settled'][number] {
    const { clock, chance } = this.#options
    const againMs = clock.nowMs() + waitMs(patienceOf(delivery), delivery.attempts + 1, chance())
    return { delivery, outcome: meant(outcome, providerOfSite(site), againMs) }
  }
}

/** Only what the write needs travels to it. */
function slim({ delivery, outcome }: SettleArgs['settled'][number]): SettleArgs['settled'][number] {
  const { id, organization, account, message, sender, recipient, attempts, possibleDuplicate } = delivery
  return { delivery: { id, organization, account, message, sender, recipient, attempts, possibleDuplicate }, outcome }
}

/** The lease that says that a sender lives. */
export function senderLease(holder: string): string {
  return `sender:${holder}`
}

function siteLease(name: string): string {
  return `site:${name}`
}
