import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Heard } from '../pool/shaper.ts'
import type { TlsNeed } from '../pool/lane-limits.ts'
import { withoutAddresses } from '../pool/text.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import { patienceOf, waitMs } from '../queue/patience.ts'
import type { Connection } from './connect.ts'
import type { Done } from './deliver.ts'
import { DownHosts } from './down-hosts.ts'
import { judged } from './judge.ts'
import type { Routed } from './route-of.ts'
import type { SendingSource } from './sending-source.ts'
import type { Shape } from './shape.ts'
import { type Transaction, transactionsOf } from './transaction.ts'
import type { Happened } from './warmup-diary.ts'

/** What a road works with. */
export interface RoadOptions {
  /** The site's. */
  readonly name: string
  readonly source: SendingSource
  readonly shape: Shape
  /** We are the backup of a domain there: its servers are asked again soon, however often they did not answer. */
  readonly isBackup: boolean
  readonly clock: Clock
  readonly log: Log
  /** Numbers from [0, 1). */
  readonly chance: () => number
  /** Connections to the site from all our addresses. */
  readonly inUseOverAll: () => number
  /** Asks for more; resolves when it has come, here or elsewhere. Null: nothing waits. */
  readonly feed: () => Promise<void> | null
  readonly route: (lane: string) => Promise<Routed>
  readonly deliver: (transaction: Transaction, routed: Routed, how: { readonly reuse: Connection | null; readonly tlsNeed: TlsNeed }, signal: AbortSignal) => Promise<Done>
  /** Writes outcomes down. */
  readonly settle: (done: Settling) => void
  /** Resolves when there is room for more outcomes on their way to the database. */
  readonly roomToSettle: () => Promise<void>
  /** Told what became of tries from a source that warms up. */
  readonly noteWarmup: (happened: Pick<Happened, 'settled' | 'heard'>) => void
  /** A domain of this site belongs to another one now. */
  readonly moved: (lane: string) => void
  /** Told that no address of our source's family reaches a domain. */
  readonly beyond: (lane: string) => void
}

/** What came of a transaction, as it is written down. `from`: the address of ours, where there are several. */
export type Settling = Pick<Done, 'settled' | 'tries' | 'dsn'> & { readonly from?: string }

/** Transactions that wait, at least and at most: as many as go in ten seconds. When half of them are left, more is asked for. */
const LARGEST_BATCH = 100
const SMALLEST_BATCH = 5
const BATCH_MS = 10_000

/** The longest sleep for a turn of the lane; then it looks again whether anything has changed. */
const LONGEST_TURN_MS = 2_000

/** deliverability §2.6: a primary that was away is asked every minute whether it is back. */
const BACKUP_PAUSE_MS = 60_000

/** A road that may not connect asks for nothing for so long: what it was given would only go back and forth. */
const REST_MS = 1_000

/** A connection, and since when. */
interface Held {
  readonly connection: Connection
  readonly sinceMs: number
}

/**
 * All that is sent to one site from one of our addresses by this process: its connections are kept and counted, and its failures slow it
 * down. Starts by itself when something is pushed, and rests when nothing is left.
 */
export class Road {
  readonly #options: RoadOptions
  readonly #ready: Transaction[] = []
  #pausedUntilMs = 0
  #restsUntilMs = 0
  readonly #down = new DownHosts()
  readonly #senders = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #busySinceMs: number
  #wakers: (() => void)[] = []

  constructor(options: RoadOptions) {
    this.#options = options
    this.#busySinceMs = options.clock.nowMs()
  }

  /** The limits it works under. */
  get shape(): Shape {
    return this.#options.shape
  }

  /** When something was last done here, while nothing is; null while something is. */
  get idleSinceMs(): number | null {
    return this.#senders.size > 0 || this.#ready.length > 0 ? null : this.#busySinceMs
  }

  /** Whether a connection is open that waits for something to send. */
  get hasIdleConnection(): boolean {
    return this.#wakers.length > 0
  }

  /** When the next connection may be tried: later than now while the site is left alone. */
  get pausedUntilMs(): number {
    return this.#pausedUntilMs
  }

  /** How many transactions it wants to have waiting. */
  get batch(): number {
    const { rate } = this.#options.shape.lane.limits
    return Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, Math.ceil((rate.count * BATCH_MS) / rate.perMs)))
  }

  /** Whether more should be asked for. */
  get isHungry(): boolean {
    return this.#ready.length < this.batch / 2 && this.#nowMs() >= this.#restsUntilMs
  }

  /** How many more it takes before what comes must wait elsewhere. */
  get room(): number {
    return Math.max(0, 2 * LARGEST_BATCH - this.#ready.length)
  }

  /** Takes deliveries to send. */
  push(deliveries: readonly LeasedDelivery[]): void {
    this.#ready.push(...transactionsOf(deliveries, this.#options.shape.lane.recipientsPerMessage))
    this.#employ()
  }

  /** Ends: nothing new is begun, what is under way is given back or finished. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await Promise.all(this.#senders)
    this.#giveBack()
  }

  /** Gives work to a connection that waits for some, or else opens another. */
  #employ(): void {
    if (this.#wakers.length > 0) this.#wake()
    else this.#grow()
  }

  #grow(): void {
    const { lane } = this.#options.shape
    if (this.#ready.length === 0 || this.#stop.signal.aborted) return
    if (lane.takeConnection(this.#nowMs(), this.#options.inUseOverAll()) !== 'go') {
      // Nobody is there to send it, and nobody will come soon.
      if (this.#senders.size > 0) return
      this.#giveBack()
      this.#restsUntilMs = this.#nowMs() + REST_MS
      return
    }
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
        this.#giveBack()
        return null
      }
      const { lane } = this.#options.shape
      if (lane.inUse > lane.allowed) return null
      if (this.isHungry) void this.#options.feed()
      const transaction = await this.#turn()
      if (transaction === 'later') continue
      if (transaction !== undefined) return transaction
      const coming = this.#options.feed()
      if (coming !== null) await coming
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

  #nowMs(): number {
    return this.#options.clock.nowMs()
  }

  async #one(transaction: Transaction, held: Held | null): Promise<Held | null> {
    const { name } = this.#options
    const [first] = transaction.deliveries
    if (first === undefined) return held
    const routed = this.#ordered(await this.#options.route(first.lane))
    if (routed.site !== name) {
      this.#options.settle(returned(transaction.deliveries))
      this.#options.moved(first.lane)
      return held
    }
    const stand = this.#options.shape.stand(first, this.#nowMs())
    if (stand.kind === 'wait') {
      const outcome = this.#options.shape.held(stand, this.#nowMs(), this.#options.chance())
      this.#options.settle({ settled: transaction.deliveries.map((delivery) => ({ delivery, outcome })), tries: [], dsn: 'passed' })
      return held
    }
    const reuse = held !== null && this.#isFit(held, routed) ? held : null
    if (reuse === null) await held?.connection.client.quit(AbortSignal.timeout(5_000))
    const { tls: tlsNeed } = this.#options.shape.limits(this.#nowMs())
    const done = await this.#options.deliver(transaction, routed, { reuse: reuse?.connection ?? null, tlsNeed }, this.#stop.signal)
    this.#learn(done)
    if (done.isBeyond) this.#options.beyond(first.lane)
    if (stand.kind === 'canary') this.#options.shape.canaryEnded(first, done.settled.some(({ outcome }) => outcome.kind === 'delivered') ? 'arrived' : 'failed', this.#nowMs())
    this.#options.settle(this.#told(done))
    await this.#options.roomToSettle()
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
    const untilMs = lane.state().backOffUntilMs
    this.#pausedUntilMs = this.#options.isBackup ? Math.min(untilMs, nowMs + BACKUP_PAUSE_MS) : untilMs
    if (this.#pausedUntilMs > nowMs) this.#options.log.warn('outbound.site-paused', { site: this.#options.name, source: this.#options.source.id, untilMs: this.#pausedUntilMs })
  }

  #told(done: Done): Settling {
    const { source } = this.#options
    const { settled, heard } = this.#judge(done)
    if (source.isWarming) this.#options.noteWarmup({ settled, heard })
    const { tries, dsn } = done
    return source.address === null ? { settled, tries, dsn } : { settled: settled.map((each) => withSource(each, source.id)), tries, dsn, from: source.address }
  }

  /** Lets the rules speak on every refusal. */
  #judge({ settled, refusals }: Done): { readonly settled: Done['settled']; readonly heard: readonly Heard[] } {
    const { shape, log, name, chance } = this.#options
    const nowMs = this.#nowMs()
    const all: Heard[] = []
    const judgedAll = settled.map(({ delivery, outcome }, index) => {
      const refusal = refusals[index]
      if (refusal === null || refusal === undefined) return { delivery, outcome }
      const heard = shape.hear(delivery, refusal.stage, refusal.reply, nowMs)
      all.push(heard)
      if (heard.isNews) log.warn('outbound.rule-hit', { site: name, rule: heard.rule?.id, reply: outcome.kind === 'returned' ? '' : withoutAddresses(outcome.answer.text) })
      const usualDueMs = nowMs + waitMs(patienceOf(delivery), delivery.attempts + 1, chance())
      return { delivery, outcome: judged(outcome, heard.verdict, usualDueMs, nowMs) }
    })
    return { settled: judgedAll, heard: all }
  }

  /** What was taken and not begun goes back, as it was. */
  #giveBack(): void {
    const deliveries = this.#ready.splice(0).flatMap((transaction) => transaction.deliveries)
    if (deliveries.length > 0) this.#options.settle(returned(deliveries))
  }

  /** Waits until something has come. False when the time is over before that. */
  async #woken(withinMs: number): Promise<boolean> {
    return await new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        resolve(true)
      }
      const timer = setTimeout(() => {
        this.#wakers = this.#wakers.filter((each) => each !== wake)
        resolve(false)
      }, withinMs)
      this.#wakers.push(wake)
    })
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake()
  }
}

/** Deliveries that are given back untouched. */
export function returned(deliveries: readonly LeasedDelivery[]): Settling {
  return { settled: deliveries.map((delivery) => ({ delivery, outcome: { kind: 'returned' } })), tries: [], dsn: 'passed' }
}

/** Which address it went from is remembered: a greylist wants to see the same again. */
function withSource({ delivery, outcome }: Done['settled'][number], source: string): Done['settled'][number] {
  return outcome.kind === 'returned' ? { delivery, outcome } : { delivery, outcome: { ...outcome, answer: { ...outcome.answer, source } } }
}
