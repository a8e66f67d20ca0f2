import type { Clock } from '../../base/clock.ts'
import { MINUTE_MS } from '../../base/duration.ts'
import type { Log } from '../../base/log.ts'
import { TaskGroup } from '../../base/task-group.ts'
import { familyOf } from '../pool/source.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import { KnownUntil } from './known-until.ts'
import { type Road, type RoadOptions, returned, type Settling } from './road.ts'
import type { Assigned, SendingSource, Standing } from './sending-source.ts'

/** What a road is given by its site. */
export type RoadEnds = Pick<RoadOptions, 'feed' | 'inUseOverAll' | 'settle' | 'roomToSettle' | 'beyond'>

/** What a site works with. */
export interface SiteOptions {
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  /** Takes deliveries of a domain that are due; none when there are none. */
  readonly lease: (lane: string, limit: number) => Promise<readonly LeasedDelivery[]>
  /** Says from which of our addresses each goes. */
  readonly assign: (deliveries: readonly LeasedDelivery[], standing: Standing) => Promise<Assigned>
  /** Families in which servers of a domain may have addresses. */
  readonly families: Standing['families']
  readonly road: (source: SendingSource, ends: RoadEnds) => Road
  /** Writes outcomes down; resolves when they are safe, however long that takes. */
  readonly settle: (done: Settling, site: string) => Promise<void>
}

/** Deliveries taken at once before it is known how fast they go. */
const FIRST_BATCH = 5

/** Outcomes on their way to the database. */
const MAX_SETTLING = 200

/** That a domain's servers have no address of a family is believed for so long. */
const BEYOND_MS = 5 * MINUTE_MS

/** What finds its road full comes back after that. */
const CROWDED_MS = 30_000

/**
 * All that is sent to one site by this process: its domains take turns, and what they have is handed to roads, one for each of our addresses
 * that it leaves from. Starts by itself when a domain is added, and rests when nothing is due.
 */
export class Site {
  readonly #options: SiteOptions
  readonly #lanes: string[] = []
  readonly #roads = new Map<string, Road>()
  /** Domains whose servers have no address of a family, until when. */
  readonly #beyond = new KnownUntil()
  readonly #settling: TaskGroup
  readonly #stop = new AbortController()
  #leasing: Promise<void> | null = null
  #busySinceMs: number

  constructor(options: SiteOptions) {
    this.#options = options
    this.#settling = new TaskGroup(options.log)
    this.#busySinceMs = options.clock.nowMs()
  }

  /** When something was last done here, while nothing is; null while something is. */
  get idleSinceMs(): number | null {
    const idle = [...this.#roads.values()].map(({ idleSinceMs }) => idleSinceMs)
    if (this.#leasing !== null || this.#settling.size > 0 || idle.includes(null)) return null
    return Math.max(this.#busySinceMs, ...idle.map((ms) => ms ?? 0))
  }

  /** Until when it is left alone: none of our addresses that were tried can reach it. */
  get pausedUntilMs(): number {
    return this.#roads.size === 0 ? 0 : Math.min(...[...this.#roads.values()].map(({ pausedUntilMs }) => pausedUntilMs))
  }

  /** Says that a domain has deliveries due. */
  add(lane: string): void {
    if (this.#stop.signal.aborted || this.pausedUntilMs > this.#options.clock.nowMs()) return
    if (!this.#lanes.includes(lane)) this.#lanes.push(lane)
    this.#feed()
  }

  /** Looks again at what holds for it: somebody else may have changed that. */
  refresh(nowMs: number): void {
    for (const { shape } of this.#roads.values()) shape.refresh(nowMs)
  }

  /** Ends: nothing new is begun, what is under way is given back or finished. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#lanes.length = 0
    await this.#leasing
    await Promise.all([...this.#roads.values()].map((road) => road.stop()))
    await this.#settling.settled()
  }

  /** Takes the next deliveries, of the domain whose turn it is, and hands them to their roads. */
  #feed(): Promise<void> | null {
    if (this.#leasing !== null) return this.#leasing
    if (this.pausedUntilMs > this.#options.clock.nowMs()) this.#lanes.length = 0
    const lane = this.#lanes.shift()
    if (lane === undefined) return null
    const batch = Math.max(FIRST_BATCH, ...[...this.#roads.values()].map((road) => road.batch))
    const { name, log } = this.#options
    this.#leasing = this.#take(lane, batch)
      .catch((error: unknown) => log.warn('outbound.lease-failed', { site: name, lane, error }))
      .then(() => {
        this.#leasing = null
        this.#busySinceMs = this.#options.clock.nowMs()
        // Roads that have enough ask for more by themselves.
        if ([...this.#roads.values()].every(({ isHungry }) => isHungry)) this.#feed()
      })
    return this.#leasing
  }

  async #take(lane: string, batch: number): Promise<void> {
    const { lease, assign, families, clock } = this.#options
    const deliveries = await lease(lane, batch)
    if (deliveries.length === batch && !this.#lanes.includes(lane)) this.#lanes.push(lane)
    if (deliveries.length === 0) return
    const standing: Standing = {
      isDown: (source) => (this.#roads.get(source)?.pausedUntilMs ?? 0) > clock.nowMs(),
      isIdle: (source) => this.#roads.get(source)?.hasIdleConnection === true,
      families,
      isBeyond: (lane, family) => (this.#beyond.of(`${lane} ${family}`) ?? 0) > clock.nowMs(),
    }
    const { going, waiting } = await assign(deliveries, standing).catch((error: unknown) => {
      this.#settle(returned(deliveries))
      throw error
    })
    if (waiting.length > 0) this.#settle({ settled: waiting, tries: [], dsn: 'passed' })
    for (const { source, deliveries: own } of going) this.#push(this.#roadOf(source), own)
  }

  #push(road: Road, deliveries: readonly LeasedDelivery[]): void {
    const { room } = road
    if (deliveries.length > room) this.#settle(crowded(deliveries.slice(room), this.#options.clock.nowMs()))
    road.push(deliveries.slice(0, room))
  }

  #roadOf(source: SendingSource): Road {
    const known = this.#roads.get(source.id)
    if (known !== undefined) return known
    const road = this.#options.road(source, {
      feed: () => this.#feed(),
      inUseOverAll: () => [...this.#roads.values()].reduce((sum, { shape }) => sum + shape.lane.inUse, 0),
      settle: (done) => this.#settle(done),
      roomToSettle: async () => {
        if (this.#settling.size >= MAX_SETTLING) await this.#settling.settled()
      },
      beyond: (lane) => this.#beyond.note(`${lane} ${familyOf(source.address ?? '')}`, this.#options.clock.nowMs() + BEYOND_MS),
    })
    this.#roads.set(source.id, road)
    return road
  }

  #settle(done: Settling): void {
    this.#settling.add('outbound.settle-failed', this.#options.settle(done, this.#options.name))
  }
}

/** One of our addresses is slower than what comes for it: the others need not wait for that. */
function crowded(deliveries: readonly LeasedDelivery[], nowMs: number): Settling {
  const answer = { status: '4.4.5', text: 'more waits for the address that it is to leave from than goes in time', host: null, atMs: nowMs }
  const outcome = { kind: 'deferred', answer, dueMs: nowMs + CROWDED_MS, counted: false, possibleDuplicate: false } as const
  return { settled: deliveries.map((delivery) => ({ delivery, outcome })), tries: [], dsn: 'passed' }
}
