import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { TaskGroup } from '../../base/task-group.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import { patienceOf, waitMs } from '../queue/patience.ts'
import type { Connection } from './connect.ts'
import type { Done } from './deliver.ts'
import { DownHosts } from './down-hosts.ts'
import type { Routed } from './route-of.ts'
import { judged } from './judge.ts'
import type { Shape } from './shape.ts'
import { type Transaction, transactionsOf } from './transaction.ts'

/** What a site works with. */
export interface SiteOptions {
  readonly name: string
  readonly shape: Shape
  readonly clock: Clock
  readonly log: Log
  /** Numbers from [0, 1). */
  readonly chance: () => number
  /** Takes deliveries of a domain that are due; none when there are none. */
  readonly lease: (lane: string, limit: number) => Promise<readonly LeasedDelivery[]>
  readonly route: (lane: string) => Promise<Routed>
  readonly deliver: (transaction: Transaction, routed: Routed, reuse: Connection | null, signal: AbortSignal) => Promise<Done>
  /** Writes outcomes down; resolves when they are safe, however long that takes. */
  readonly settle: (done: Pick<Done, 'settled' | 'tries' | 'dsn'>, site: string) => Promise<void>
  /** A domain of this site belongs to another one now. */
  readonly moved: (lane: string) => void
}

/** Deliveries taken at once: as many as go in ten seconds, between these; the next are taken when half of them are left. */
const LARGEST_BATCH = 100
const SMALLEST_BATCH = 5
const BATCH_MS = 10_000

/** The longest sleep for a turn of the lane; then it looks again whether anything has changed. */
const LONGEST_TURN_MS = 2_000

/** Outcomes on their way to the database. */
const MAX_SETTLING = 200

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
  #pausedUntilMs = 0
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
    return this.#pausedUntilMs
  }

  /** Says that a domain has deliveries due. */
  add(lane: string): void {
    if (this.#stop.signal.aborted || this.#pausedUntilMs > this.#nowMs()) return
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
    const { lane } = this.#options.shape
    const waiting = this.#ready.length + this.#lanes.length
    if (waiting === 0 || this.#stop.signal.aborted || lane.takeConnection(this.#nowMs(), lane.inUse) !== 'go') return
    const sender: Promise<void> = this.#send()
      .catch((error: unknown) => this.#options.log.error('outbound.sender-failed', { site: this.#options.name, error }))
      .then(() => {
        lane.closed()
        this.#senders.delete(sender)
        this.#busySinceMs = this.#nowMs()
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
      if (this.#pausedUntilMs > this.#nowMs()) {
        await this.#giveBack()
        return null
      }
      const { lane } = this.#options.shape
      if (lane.inUse > lane.allowed) return null
      if (this.#ready.length < this.#batch() / 2 && this.#lanes.length > 0) this.#lease()
      const transaction = await this.#turn()
      if (transaction === 'later') continue
      if (transaction !== undefined) return transaction
      if (this.#leasing !== null) await this.#leasing
      else if (this.#lanes.length > 0) continue
      else if (held === null || waited) return null
      else waited = !(await this.#woken(this.#options.shape.limits(this.#nowMs()).idleMs))
    }
  }

  /** The next transaction when the lane lets one go now; `later` after a while of waiting for that. */
  async #turn(): Promise<Transaction | 'later' | undefined> {
    if (this.#ready.length === 0) return undefined
    const nowMs = this.#nowMs()
    this.#options.shape.limits(nowMs)
    const permission = this.#options.shape.lane.takeMessage(nowMs)
    if (permission === 'go') return this.#ready.shift()
    await wait(Math.min(Math.max(permission.waitUntilMs - nowMs, 1), LONGEST_TURN_MS), undefined, { signal: this.#stop.signal }).catch(() => {}) // Stopped: seen at once.
    return 'later'
  }

  #batch(): number {
    const { rate } = this.#options.shape.lane.limits
    return Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, Math.ceil((rate.count * BATCH_MS) / rate.perMs)))
  }

  #nowMs(): number {
    return this.#options.clock.nowMs()
  }

  /** Takes the next deliveries, of the domain whose turn it is. */
  #lease(): void {
    if (this.#leasing !== null) return
    const lane = this.#lanes.shift()
    if (lane === undefined) return
    const batch = this.#batch()
    this.#leasing = this.#options
      .lease(lane, batch)
      .then((deliveries) => {
        this.#ready.push(...transactionsOf(deliveries, this.#options.shape.lane.recipientsPerMessage))
        if (deliveries.length === batch && !this.#lanes.includes(lane)) this.#lanes.push(lane)
      })
      .catch((error: unknown) => this.#options.log.warn('outbound.lease-failed', { site: this.#options.name, lane, error }))
      .then(() => {
        this.#leasing = null
        this.#wake()
      })
  }

  async #one(transaction: Transaction, held: Held | null): Promise<Held | null> {
    const { name } = this.#options
    const [first] = transaction.deliveries
    if (first === undefined) return held
    const routed = this.#ordered(await this.#options.route(first.lane))
    if (routed.site !== name) {
      this.#settleLater({ settled: transaction.deliveries.map((delivery) => ({ delivery, outcome: { kind: 'returned' } })), tries: [], dsn: 'passed' })
      this.#options.moved(first.lane)
      return held
    }
    const stand = this.#options.shape.stand(first, this.#nowMs())
    if (stand.kind === 'wait') {
      const outcome = this.#options.shape.held(stand, this.#nowMs(), this.#options.chance())
      this.#settleLater({ settled: transaction.deliveries.map((delivery) => ({ delivery, outcome })), tries: [], dsn: 'passed' })
      return held
    }
    const reuse = held !== null && this.#isFit(held, routed) ? held : null
    if (reuse === null) await held?.connection.client.quit(AbortSignal.timeout(5_000))
    const done = await this.#options.deliver(transaction, routed, reuse?.connection ?? null, this.#stop.signal)
    this.#learn(done)
    if (stand.kind === 'canary') this.#options.shape.canaryEnded(first, done.settled.some(({ outcome }) => outcome.kind === 'delivered') ? 'arrived' : 'failed', this.#nowMs())
    this.#settleLater({ ...done, settled: this.#judge(done) })
    if (this.#settling.size >= MAX_SETTLING) await this.#settling.settled()
    if (done.connection === null) return null
    return done.connection === reuse?.connection ? reuse : { connection: done.connection, sinceMs: this.#nowMs() }
  }

  /** Whether its TLS is good enough for the message as well, `attempt` sees. */
  #isFit({ connection, sinceMs }: Held, { plan }: Routed): boolean {
    const { client, target } = connection
    if (client.connection !== 'ready') return false
    if (!this.#options.shape.lane.mayReuse({ messages: client.mails, openedMs: sinceMs, idleSinceMs: null }, this.#nowMs())) return false
    if (plan.kind !== 'hops') return false
    // One to a backup server is no reason not to ask the better one again.
    const best = plan.hops[0]?.preference
    return plan.hops.some(({ host, port, preference }) => preference === best && host === target.hop.host && port === target.hop.port)
  }

  #ordered(routed: Routed): Routed {
    const { plan } = routed
    return plan.kind === 'hops' ? { ...routed, plan: { ...plan, hops: this.#down.order(plan.hops, this.#nowMs()) } } : routed
  }

  /** What an attempt tells of the site. */
  #learn({ reached, tries, settled }: Done): void {
    if (reached === null || this.#stop.signal.aborted) return
    const { lane } = this.#options.shape
    const nowMs = this.#nowMs()
    this.#down.learn(tries, nowMs)
    if (tries.some(({ greeted }) => !greeted)) lane.turnedAway()
    if (reached) {
      lane.connected()
      if (settled.some(({ outcome }) => outcome.kind === 'delivered')) lane.succeeded()
      return
    }
    lane.siteFailed(nowMs)
    this.#pausedUntilMs = lane.state().backOffUntilMs
    if (this.#pausedUntilMs > nowMs) this.#options.log.warn('outbound.site-paused', { site: this.#options.name, untilMs: this.#pausedUntilMs })
  }

  /** Lets the rules speak on every refusal. */
  #judge({ settled, refusals }: Done): Done['settled'] {
    const { shape, log, name, chance } = this.#options
    const nowMs = this.#nowMs()
    return settled.map(({ delivery, outcome }, index) => {
      const refusal = refusals[index]
      if (refusal === null || refusal === undefined) return { delivery, outcome }
      const heard = shape.hear(delivery, refusal.stage, refusal.reply, nowMs)
      if (heard.isNews) log.warn('outbound.rule-hit', { site: name, rule: heard.rule?.id, reply: outcome.kind === 'returned' ? '' : outcome.answer.text })
      const usualDueMs = nowMs + waitMs(patienceOf(delivery), delivery.attempts + 1, chance())
      return { delivery, outcome: judged(outcome, heard.verdict, usualDueMs, nowMs) }
    })
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
