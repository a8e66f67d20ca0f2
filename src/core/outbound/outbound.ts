import { setTimeout as wait } from 'node:timers/promises'
import { TaskGroup } from '../../base/task-group.ts'
import { LOCAL_LANE } from '../queue/delivery.ts'
import { Backoff } from './backoff.ts'
import { deliver } from './deliver.ts'
import type { OutboundOptions, QueueStore } from './engine-options.ts'
import { familiesOf } from './families.ts'
import { HeldSites } from './held-sites.ts'
import { type Routed, routeOf } from './route-of.ts'
import type { SendingSource } from './sending-source.ts'
import { settle } from './settle.ts'
import { SharedShaping } from './shared-shaping.ts'
import { deliverOptions, newSite, type SiteParts } from './site-maker.ts'
import { BrokenTls } from './tls/broken-tls.ts'
import { WarmupDiary } from './warmup-diary.ts'

/** How often it looks for work that nobody told of. */
const SWEEP_MS = 2_000

/** How often leases are renewed. */
const RENEW_MS = 10_000

/** How often it looks for what other senders, and people, have said of sites. */
const SHAPING_MS = 5_000

/** That a domain had no answer is forgotten after that: longer than the longest pause, so that pauses grow. */
const LOST_KEPT_MS = 24 * 3_600_000

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
  readonly #held: HeldSites
  /** Domains whose DNS does not answer. */
  readonly #lost = new Map<string, Backoff>()
  readonly #looking = new Set<string>()
  readonly #shaping: SharedShaping
  readonly #parts: SiteParts
  readonly #diary: WarmupDiary
  readonly #tasks: TaskGroup
  readonly #stop = new AbortController()
  #hinted = new Set<string>()
  #isShaped = false
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: OutboundOptions) {
    const { store, holder, clock, log } = options
    this.#options = options
    this.#tasks = new TaskGroup(log)
    this.#held = new HeldSites({ store, holder, clock, log })
    this.#shaping = new SharedShaping({ store: options.shaping, clock, log })
    this.#diary = new WarmupDiary({ note: options.noteWarmup, nowMs: () => clock.nowMs(), log })
    this.#parts = {
      engine: options,
      shaping: this.#shaping,
      sources: options.sources(this.#shaping.shaper),
      diary: this.#diary,
      brokenTls: new BrokenTls(),
      route: (lane) => this.#route(lane),
      families: async (lane) => await familiesOf(await this.#route(lane), options.names, this.#stop.signal),
      settle: (done, site) => settle(done, site, options),
      moved: (lane) => this.hint(lane),
    }
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
    await this.#held.closeAll()
    await this.#shaping.settled()
    await Promise.all([this.#diary.flush(), this.#options.tally.flush()])
    await this.#held.end()
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
      if (this.#held.isOverdue) {
        this.#options.log.error('outbound.leases-lost', { sites: this.#held.size })
        this.#tasks.add('outbound.close-failed', this.#held.closeAll())
      }
      throw error
    }
  }

  async #renew(): Promise<void> {
    await this.#held.renew()
    this.#shaping.forget()
    const nowMs = this.#options.clock.nowMs()
    for (const [lane, { failedMs }] of this.#lost) if (failedMs + LOST_KEPT_MS < nowMs) this.#lost.delete(lane)
    const recovered = await this.#options.store.recoverLost()
    if (recovered > 0) this.#options.log.warn('outbound.recovered', { deliveries: recovered })
  }

  async #refreshShaping(): Promise<void> {
    await Promise.all([this.#diary.flush(), this.#options.tally.flush(), this.#options.chosenRoutes.refresh()])
    const isNews = await this.#shaping.refresh()
    this.#isShaped = true
    if (isNews) for (const site of this.#held.all()) site.refresh(this.#options.clock.nowMs())
  }

  #look(lane: string): void {
    if (!this.#isShaped || this.#looking.has(lane) || this.#stop.signal.aborted) return
    this.#looking.add(lane)
    this.#tasks.add('outbound.look-failed', this.#open(lane).finally(() => this.#looking.delete(lane)))
  }

  /** Hands a domain with work to its site, if the site is ours or free. */
  async #open(lane: string): Promise<void> {
    const routed = await this.#route(lane)
    if (routed.plan.kind !== 'hops') return await this.#settleLost(lane, routed)
    this.#lost.delete(lane)
    const site = this.#held.of(routed.site) ?? (await this.#held.take(routed.site, () => newSite(lane, routed, this.#parts)))
    site?.add(lane)
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
    await this.#held.live()
    const deliveries = await store.lease({ lane, holder, limit: BATCH, nowMs: clock.nowMs() })
    if (deliveries.length === 0) return
    const done = await deliver({ deliveries }, routed, null, { ...deliverOptions(NO_SOURCE, this.#parts), tlsNeed: 'opportunistic' }, this.#stop.signal)
    await settle(done, lane, this.#options)
    if (routed.plan.kind === 'temporary') {
      backoff.failed(clock.nowMs())
      this.#lost.set(lane, backoff)
    } else if (deliveries.length === BATCH) this.hint(lane)
  }
}
