import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { TaskGroup } from '../../base/task-group.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import { Backoff } from './backoff.ts'
import type { Connection } from './connect.ts'
import type { Done } from './deliver.ts'
import { DownHosts } from './down-hosts.ts'
import type { Routed } from './route-of.ts'
import { type Transaction, transactionsOf } from './transaction.ts'

/** What one site may be given at a time. */
export interface SiteLimits {
  readonly connections: number
  readonly messagesPerConnection: number
  readonly recipientsPerMessage: number
  /** How long a connection is kept for the next message. */
  readonly idleMs: number
}

/** What a site works with. */
export interface SiteOptions {
  readonly name: string
  readonly limits: SiteLimits
  readonly clock: Clock
  readonly log: Log
  /** Takes deliveries of a domain that are due; none when there are none. */
  readonly lease: (lane: string, limit: number) => Promise<readonly LeasedDelivery[]>
  readonly route: (lane: string) => Promise<Routed>
  readonly deliver: (transaction: Transaction, routed: Routed, reuse: Connection | null, signal: AbortSignal) => Promise<Done>
  /** Writes outcomes down; resolves when they are safe, however long that takes. */
  readonly settle: (done: Pick<Done, 'settled' | 'tries' | 'dsn'>, site: string) => Promise<void>
  /** A domain of this site belongs to another one now. */
  readonly moved: (lane: string) => void
}

/** Deliveries taken at once, and the number left at which the next are taken. */
const BATCH = 100
const LOW = 50

/** Outcomes on their way to the database. */
const MAX_SETTLING = 200

const MAX_CONNECTION_AGE_MS = 10 * 60_000

/** A connection of this site, and since when. */
interface Held {
  readonly connection: Connection
  readonly sinceMs: number
}

/**
 * All that is sent to one site by this process: its domains take turns, its connections are kept and counted, and its failures slow
 * it down. Starts by itself when a domain is added, and rests when nothing is due.
 */
export class Site {
  readonly #options: SiteOptions
  readonly #lanes: string[] = []
  readonly #ready: Transaction[] = []
  readonly #backoff = new Backoff()
  readonly #down = new DownHosts()
  readonly #senders = new Set<Promise<void>>()
  readonly #settling: TaskGroup
  readonly #stop = new AbortController()
  #leasing: Promise<void> | null = null
  #busySinceMs: number
  #wakers: (() => void)[] = []

  constructor(options: SiteOptions) {
    this.#options = options
    this.#settling = new TaskGroup(options.log)
    this.#busySinceMs = options.clock.nowMs()
  }

  /** When something was last done here, while nothing is; null while something is. */
  get idleSinceMs(): number | null {
    return this.#senders.size > 0 || this.#settling.size > 0 ? null : this.#busySinceMs
  }

  /** When the next connection may be tried: later than now while the site is left alone. */
  get pausedUntilMs(): number {
    return this.#backoff.untilMs
  }

  /** Says that a domain has deliveries due. */
  add(lane: string): void {
    if (this.#stop.signal.aborted || this.#backoff.untilMs > this.#options.clock.nowMs()) return
    if (!this.#lanes.includes(lane)) this.#lanes.push(lane)
    this.#employ()
  }

  /** Ends: nothing new is begun, what is under way is given back or finished. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await Promise.all(this.#senders)
    await this.#leasing
    await this.#giveBack()
    await this.#settling.settled()
  }

  /** Gives work to a connection that waits for some, or else opens another. */
  #employ(): void {
    if (this.#wakers.length > 0) this.#wake()
    else this.#grow()
  }

  #grow(): void {
    const limit = this.#backoff.isFailing ? 1 : this.#options.limits.connections
    const waiting = this.#ready.length + this.#lanes.length
    if (this.#senders.size >= limit || waiting === 0 || this.#stop.signal.aborted) return
    const sender: Promise<void> = this.#send()
      .catch((error: unknown) => this.#options.log.error('outbound.sender-failed', { site: this.#options.name, error }))
      .then(() => {
        this.#senders.delete(sender)
        this.#busySinceMs = this.#options.clock.nowMs()
        this.#grow() // Something may have come while it was leaving.
      })
    this.#senders.add(sender)
  }

  /** One connection's worth of sending: transactions one after the other, until nothing is left. */
  async #send(): Promise<void> {
    let held: Held | null = null
    try {
      for (;;) {
        const transaction = await this.#next(held)
        if (transaction === null) return
        if (this.#ready.length > 0) this.#employ()
        held = await this.#one(transaction, held)
      }
    } finally {
      await held?.connection.client.quit(AbortSignal.timeout(5_000))
    }
  }

  /** The next transaction; null when the sender shall end. With a connection in hand it waits a while for one. */
  async #next(held: Held | null): Promise<Transaction | null> {
    const { signal } = this.#stop
    for (let waited = false; ; ) {
      if (signal.aborted) return null
      if (this.#backoff.untilMs > this.#options.clock.nowMs()) {
        await this.#giveBack()
        return null
      }
      if (this.#backoff.isFailing && this.#senders.size > 1) return null
      if (this.#ready.length < LOW && this.#lanes.length > 0) this.#lease()
      const transaction = this.#ready.shift()
      if (transaction !== undefined) return transaction
      if (this.#leasing !== null) await this.#leasing
      else if (this.#lanes.length > 0) continue
      else if (held === null || waited) return null
      else waited = !(await this.#woken(this.#options.limits.idleMs))
    }
  }

  /** Takes the next deliveries, of the domain whose turn it is. */
  #lease(): void {
    if (this.#leasing !== null) return
    const lane = this.#lanes.shift()
    if (lane === undefined) return
    this.#leasing = this.#options
      .lease(lane, BATCH)
      .then((deliveries) => {
        this.#ready.push(...transactionsOf(deliveries, this.#options.limits.recipientsPerMessage))
        if (deliveries.length === BATCH && !this.#lanes.includes(lane)) this.#lanes.push(lane)
      })
      .catch((error: unknown) => this.#options.log.warn('outbound.lease-failed', { site: this.#options.name, lane, error }))
      .then(() => {
        this.#leasing = null
        this.#wake()
      })
  }

  async #one(transaction: Transaction, held: Held | null): Promise<Held | null> {
    const { clock, name } = this.#options
    const [first] = transaction.deliveries
    if (first === undefined) return held
    const routed = this.#ordered(await this.#options.route(first.lane))
    if (routed.site !== name) {
      this.#settleLater({ settled: transaction.deliveries.map((delivery) => ({ delivery, outcome: { kind: 'returned' } })), tries: [], dsn: 'passed' })
      this.#options.moved(first.lane)
      return held
    }
    const reuse = held !== null && this.#isFit(held, routed) ? held : null
    if (reuse === null) await held?.connection.client.quit(AbortSignal.timeout(5_000))
    const done = await this.#options.deliver(transaction, routed, reuse?.connection ?? null, this.#stop.signal)
    this.#learn(done)
    this.#settleLater(done)
    if (this.#settling.size >= MAX_SETTLING) await this.#settling.settled()
    if (done.connection === null) return null
    return done.connection === reuse?.connection ? reuse : { connection: done.connection, sinceMs: clock.nowMs() }
  }

  #isFit({ connection, sinceMs }: Held, { plan, rule }: Routed): boolean {
    const { client, target } = connection
    if (client.connection !== 'ready' || client.mails >= this.#options.limits.messagesPerConnection) return false
    if (this.#options.clock.nowMs() - sinceMs > MAX_CONNECTION_AGE_MS || connection.rule.need !== rule.need) return false
    if (plan.kind !== 'hops') return false
    // One to a backup server is no reason not to ask the better one again.
    const best = plan.hops[0]?.preference
    return plan.hops.some(({ host, port, preference }) => preference === best && host === target.hop.host && port === target.hop.port)
  }

  #ordered(routed: Routed): Routed {
    const { plan } = routed
    return plan.kind === 'hops' ? { ...routed, plan: { ...plan, hops: this.#down.order(plan.hops, this.#options.clock.nowMs()) } } : routed
  }

  #learn({ reached, tries }: Done): void {
    if (reached === null || this.#stop.signal.aborted) return
    this.#down.learn(tries, this.#options.clock.nowMs())
    if (reached) return this.#backoff.succeeded()
    this.#backoff.failed(this.#options.clock.nowMs())
    const { untilMs } = this.#backoff
    if (untilMs > this.#options.clock.nowMs()) this.#options.log.warn('outbound.site-paused', { site: this.#options.name, untilMs })
  }

  #settleLater(done: Pick<Done, 'settled' | 'tries' | 'dsn'>): void {
    this.#settling.add('outbound.settle-failed', this.#options.settle(done, this.#options.name))
  }

  /** What was taken and not begun goes back, as it was. */
  async #giveBack(): Promise<void> {
    const deliveries = this.#ready.splice(0).flatMap((transaction) => transaction.deliveries)
    if (deliveries.length > 0) this.#settleLater({ settled: deliveries.map((delivery) => ({ delivery, outcome: { kind: 'returned' } })), tries: [], dsn: 'passed' })
    this.#lanes.length = 0
  }

  /** Waits until something has come. False when the time is over before that. */
  async #woken(withinMs: number): Promise<boolean> {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), withinMs)
      this.#wakers.push(() => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake()
  }
}
