import { setTimeout as wait } from 'node:timers/promises'
import type { OrganizationId } from '../../base/brand.ts'
import type { Log } from '../../base/log.ts'
import { TaskGroup } from '../../base/task-group.ts'
import { Unavailable } from '../../base/unavailable.ts'
import { type Called, type CallOptions, makeCall } from './call.ts'
import type { Attempt, Endpoint, LeasedCall, Outcome } from './endpoint.ts'
import { BRISK_ENDPOINTS, CALLS_A_ROUND, CALLS_AT_ONCE, FOLLOW_EVERY_MS, IDLE_EVERY_MS, LEASE_MS, RENEW_EVERY_MS, SETTLE_AGAIN_MS, SLOW_ENDPOINTS, SLOW_MS, SWEEP_EVERY_MS } from './limits.ts'
import type { DueAfter, DueEndpoint, LeaseCallsArgs, SettleCallArgs } from './sql-call.ts'

/** What the engine needs of storage. */
export interface CallStore {
  /** Takes or renews the lease of the engine. False while another node has it. */
  hold(untilMs: number): Promise<boolean>
  letGo(): Promise<void>
  /** Queues what the log asks for. Returns how many events were looked at. */
  follow(signal: AbortSignal): Promise<number>
  /** Whether anybody wants to be told of anything. */
  hasEndpoints(): Promise<boolean>
  due(after: DueAfter, nowMs: number): Promise<{ readonly due: readonly DueEndpoint[]; readonly next: DueAfter | null }>
  lease(args: Omit<LeaseCallsArgs, 'holder'>): Promise<readonly LeasedCall[]>
  /** The endpoint as it is now, and the secrets that sign; null when it is gone. */
  endpoint(organization: OrganizationId, id: string, nowMs: number): Promise<{ readonly endpoint: Endpoint; readonly secrets: readonly string[] } | null>
  settle(args: Omit<SettleCallArgs, 'holder'>): Promise<'settled' | 'lost'>
  /** Gives back what was taken of an endpoint and not called. */
  giveBack(of: DueAfter): Promise<void>
  /** Gives back what dead engines had taken. Returns how many calls. */
  recover(): Promise<number>
}

/** What the engine is made of. */
export interface EngineOptions extends CallOptions {
  readonly store: CallStore
  readonly log: Log
  /** Told of every try. */
  readonly tried: (call: LeasedCall, attempt: Attempt, outcome: Outcome['kind']) => void
  /** Told now and then how long the oldest call that may be made has been waiting. */
  readonly lag: (ms: number) => void
}

const FIRST: DueAfter = { organization: '' as OrganizationId, endpoint: '' }

/**
 * Tells endpoints what the log says: one node at a time, under a lease. Each endpoint is served in rounds of a few calls; those that are slow or fail
 * have places of their own, so that they delay each other and nobody else. A call that a crash cuts short is made again with the same id.
 */
export class WebhookEngine {
  readonly #options: EngineOptions
  readonly #tasks: TaskGroup
  readonly #stop = new AbortController()
  /** Endpoints that are being served, and in which kind of place. */
  readonly #serving = new Map<string, 'brisk' | 'slow'>()
  /** Endpoints whose last calls took long, though they went well. */
  readonly #slow = new Set<string>()
  #heldUntilMs = 0
  #lastLook: Promise<void> = Promise.resolve()
  #nextLook: Promise<void> | null = null
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: EngineOptions) {
    this.#options = options
    this.#tasks = new TaskGroup(options.log)
  }

  /** Begins. */
  start(): void {
    this.#running = Promise.all([
      this.#repeat(async () => (await this.#renew(), RENEW_EVERY_MS)),
      this.#repeat(() => this.#follow()),
      this.#repeat(async () => (await this.#sweep(), SWEEP_EVERY_MS)),
    ])
  }

  /** Stops: calls under way are cut short and count as none, and the lease is given back. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#tasks.settled()
    await this.#options.store.letGo().catch(() => {}) // It runs out by itself.
  }

  get #isHeld(): boolean {
    return this.#options.clock.nowMs() < this.#heldUntilMs && !this.#stop.signal.aborted
  }

  async #repeat(work: () => Promise<number>): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const waitMs = await work().catch((error: unknown) => {
        this.#options.log[error instanceof Unavailable ? 'warn' : 'error']('webhook.failed', { error })
        return IDLE_EVERY_MS
      })
      await wait(waitMs, undefined, { signal, ref: false }).catch(() => {}) // Aborted: the loop ends.
    }
  }

  async #renew(): Promise<void> {
    const { store, clock, log } = this.#options
    const untilMs = clock.nowMs() + LEASE_MS
    const wasHeld = this.#isHeld
    if (!(await store.hold(untilMs))) {
      this.#heldUntilMs = 0
      return
    }
    if (!wasHeld) {
      const recovered = await store.recover()
      if (recovered > 0) log.warn('webhook.recovered', { calls: recovered })
    }
    this.#heldUntilMs = untilMs
  }

  async #follow(): Promise<number> {
    if (!this.#isHeld) return FOLLOW_EVERY_MS
    const seen = await this.#options.store.follow(this.#stop.signal)
    if (seen > 0) await this.#sweep()
    return (await this.#options.store.hasEndpoints()) ? FOLLOW_EVERY_MS : IDLE_EVERY_MS
  }

  /** Looks for endpoints with calls to be made, and serves those that there is a place for. One look at a time: who asks while one runs gets the next one. */
  #sweep(): Promise<void> {
    if (this.#nextLook !== null) return this.#nextLook
    const next = this.#lastLook.then(() => {
      this.#nextLook = null
      return this.#look()
    })
    this.#nextLook = next
    this.#lastLook = next.catch(() => {}) // Whoever asked for it hears why.
    return next
  }

  async #look(): Promise<void> {
    if (!this.#isHeld) return
    const { store, clock, chance } = this.#options
    const nowMs = clock.nowMs()
    const all: DueEndpoint[] = []
    for (let after: DueAfter | null = FIRST; after !== null && this.#isHeld; ) {
      const { due, next }: Awaited<ReturnType<CallStore['due']>> = await store.due(after, nowMs)
      all.push(...due)
      after = next
    }
    this.#options.lag(all.reduce((most, { dueMs }) => Math.max(most, nowMs - dueMs), 0))
    // In an order that chance decides: with more endpoints than places nobody is always the last.
    const drawn = all.map((due) => ({ due, order: chance() })).sort((a, b) => a.order - b.order)
    for (const { due } of drawn) this.#serve(due)
  }

  #serve(due: DueEndpoint): void {
    const key = `${due.organization} ${due.endpoint}`
    if (this.#serving.has(key)) return
    const place = due.isFailing || this.#slow.has(key) ? 'slow' : 'brisk'
    const taken = [...this.#serving.values()].filter((each) => each === place).length
    if (taken >= (place === 'slow' ? SLOW_ENDPOINTS : BRISK_ENDPOINTS)) return
    this.#serving.set(key, place)
    const round = this.#round(key, due, place === 'slow' ? 1 : CALLS_A_ROUND)
    this.#tasks.add('webhook.round_failed', round.finally(() => this.#serving.delete(key)).then((isBusy) => (isBusy ? this.#sweep() : undefined)))
  }

  /** One round of calls of an endpoint. True when there may be more to do. */
  async #round(key: string, { organization, endpoint: id }: DueEndpoint, limit: number): Promise<boolean> {
    const { store, clock } = this.#options
    const nowMs = clock.nowMs()
    const found = await store.endpoint(organization, id, nowMs)
    if (found === null || !this.#isHeld) return false
    const calls = await store.lease({ organization, endpoint: id, limit, nowMs })
    const { longestMs, isWell } = await this.#makeAll(calls, found)
    if (!isWell) await store.giveBack({ organization, endpoint: id })
    if (longestMs >= SLOW_MS) this.#slow.add(key)
    else this.#slow.delete(key)
    return calls.length > 0
  }

  /** Makes calls, a few at a time, until one of them fails: what is left is not thrown at an endpoint that is down. Outcomes are written while others are made. */
  async #makeAll(calls: readonly LeasedCall[], found: Found): Promise<{ readonly longestMs: number; readonly isWell: boolean }> {
    const left = calls.values()
    const written: Promise<unknown>[] = []
    let [longestMs, isWell] = [0, true]
    const some = async (): Promise<void> => {
      while (isWell && this.#isHeld) {
        const { value: call } = left.next()
        if (call === undefined) return
        const called = await makeCall({ call, ...found }, this.#options, this.#stop.signal)
        if (called === null) return // Whoever has the lease next gives it back and makes it.
        longestMs = Math.max(longestMs, called.attempt.durationMs)
        isWell &&= called.outcome.kind === 'delivered'
        written.push(this.#write(call, called).then(() => null, (error: unknown) => error))
      }
    }
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, some))
    const fault = (await Promise.all(written)).find((error) => error !== null)
    if (fault !== undefined) throw fault
    return { longestMs, isWell }
  }

  async #write(call: LeasedCall, { attempt, outcome }: NonNullable<Called>): Promise<void> {
    const { clock, log, tried } = this.#options
    tried(call, attempt, outcome.kind)
    const { id, organization, endpoint, type } = call
    log[outcome.kind === 'failed' ? 'warn' : 'info'](`webhook.${WORDS[outcome.kind]}`, { call: id, organization, endpoint, type, status: attempt.status, error: attempt.error, durationMs: attempt.durationMs })
    await this.#settle({ call, attempt, outcome, nowMs: clock.nowMs() })
  }

  /** Writes it until the database has it: what was taken must not be told again. When we stop first, the call is made again by whoever is next. */
  async #settle(args: Parameters<CallStore['settle']>[0]): Promise<void> {
    const { store, log } = this.#options
    const { signal } = this.#stop
    for (;;) {
      try {
        if ((await store.settle(args)) === 'lost') log.warn('webhook.lost', { call: args.call.id })
        return
      } catch (error) {
        if (!(error instanceof Unavailable) || signal.aborted) throw error
        log.warn('webhook.settle_failed', { call: args.call.id, error })
        await wait(SETTLE_AGAIN_MS, undefined, { signal }).catch(() => {}) // Aborted: one last try.
      }
    }
  }
}

interface Found {
  readonly endpoint: Endpoint
  readonly secrets: readonly string[]
}

const WORDS = { delivered: 'delivered', retry: 'deferred', failed: 'gave_up' } as const
