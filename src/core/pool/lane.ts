import { fullBucket, takeFrom } from './bucket.ts'
import type { BucketState, Permission } from './bucket.ts'
import type { LaneLimits } from './lane-limits.ts'
import { BACK_OFF_FIRST_MS, BACK_OFF_LONGEST_MS, FAILURES_BEFORE_BACK_OFF } from './limits.ts'

/** What a lane remembers, plain so that it can be stored. */
export interface LaneState {
  readonly bucket: BucketState
  /** Connections open or being opened. Not worth storing: a restart has none. */
  inUse: number
  /** Connections that slow start allows now; the limit may allow fewer. */
  allowed: number
  /** Messages delivered since `allowed` was last changed. */
  batch: number
  /** How often all hosts of the site failed in a row. */
  failures: number
  /** No connection is opened before this. */
  backOffUntilMs: number
  /** Recipients that the site has shown to take in one message, when that is fewer than the limit; null while it has not. */
  recipients: number | null
}

/** What a lane wants to know of an open connection before it gives it another message. */
export interface OpenConnection {
  /** Messages that it has carried. */
  readonly messages: number
  readonly openedMs: number
  /** Since when it has had nothing to do; null when it has just finished a message. */
  readonly idleSinceMs: number | null
}

/**
 * One source and one site: how many connections, how fast, and when to leave the site in peace. Every method is O(1) and
 * does nothing but count; the engine opens, sends and closes.
 *
 * Connections start with one and grow by one each time that as many messages were delivered as connections are allowed;
 * a connection that fails, and a 421, halve them.
 */
export class Lane {
  readonly #state: LaneState
  #limits: LaneLimits

  /** `saved` is the `state()` of an earlier life: its rate and its back-off go on, its connections are gone. */
  constructor(limits: LaneLimits, nowMs: number, saved?: LaneState) {
    this.#limits = limits
    this.#state = saved === undefined
      ? { bucket: fullBucket(limits.rate, limits.burst, nowMs), inUse: 0, allowed: 1, batch: 0, failures: 0, backOffUntilMs: 0, recipients: null }
      : { ...saved, bucket: { ...saved.bucket }, inUse: 0 }
  }

  /** What it may do now. */
  get limits(): LaneLimits {
    return this.#limits
  }

  /** Other limits, from now on: an operator or a rule changed them. Connections beyond them are closed as they finish a message. */
  change(limits: LaneLimits): void {
    this.#limits = limits
  }

  /** Connections open or being opened. */
  get inUse(): number {
    return this.#state.inUse
  }

  /** Connections that it may have now. */
  get allowed(): number {
    return Math.min(this.#state.allowed, this.#limits.connections)
  }

  /**
   * Takes the right to open one connection: `'go'`, and it is counted as in use until `closed` or `connectionFailed`. `'full'`: ask
   * again when one was closed or a message was delivered. `inUseOverAll` is the sum of `inUse` over all lanes of the site.
   */
  takeConnection(nowMs: number, inUseOverAll: number): Permission | 'full' {
    const state = this.#state
    if (this.#isBackedOff(nowMs)) return { waitUntilMs: state.backOffUntilMs }
    if (state.inUse >= this.allowed || inUseOverAll >= this.#limits.connectionsOverAll) return 'full'
    state.inUse += 1
    return 'go'
  }

  /** Takes the right to send one message now. A message that then cannot be sent is counted all the same. */
  takeMessage(nowMs: number): Permission {
    return takeFrom(this.#state.bucket, this.#limits.rate, this.#limits.burst, nowMs)
  }

  /** A host greeted us: the site is alive. */
  connected(): void {
    this.#state.failures = 0
    this.#state.backOffUntilMs = 0
  }

  /** One host could not be reached, or did not greet. The right to the connection is given back. */
  connectionFailed(): void {
    this.closed()
    this.#halve()
  }

  /** A host said 421. The connection is still ours until `closed`. */
  turnedAway(): void {
    this.#halve()
  }

  /** A connection is gone, whoever closed it. */
  closed(): void {
    if (this.#state.inUse === 0) throw new Error('more connections were closed than opened')
    this.#state.inUse -= 1
  }

  /** Recipients for one message. */
  get recipientsPerMessage(): number {
    return Math.min(this.#limits.recipientsPerMessage, this.#state.recipients ?? Infinity)
  }

  /** The site took so many recipients of one message and said that the next were too many (RFC 5321 §4.5.3.1.10). */
  tooManyRecipients(accepted: number): void {
    this.#state.recipients = Math.max(1, Math.min(this.recipientsPerMessage, accepted))
  }

  /** One message was delivered. */
  succeeded(): void {
    const state = this.#state
    state.batch += 1
    if (state.batch < state.allowed) return
    state.batch = 0
    if (state.allowed < this.#limits.connections) state.allowed += 1
  }

  /**
   * All hosts of the site failed in one attempt. From the fifth in a row on, the lane waits 5 minutes, then 10, up to an hour.
   * Attempts that were under way when the wait began add nothing to it.
   */
  siteFailed(nowMs: number): void {
    const state = this.#state
    if (this.#isBackedOff(nowMs)) return
    state.failures += 1
    const beyond = state.failures - FAILURES_BEFORE_BACK_OFF
    if (beyond < 0) return
    // A site that is failing gets one connection at a time, until a message has gone through it.
    state.allowed = 1
    state.batch = 0
    state.backOffUntilMs = nowMs + Math.min(BACK_OFF_LONGEST_MS, BACK_OFF_FIRST_MS * 2 ** Math.min(beyond, 20))
  }

  /** Somebody says that the site is well: the next connection may be tried at once. */
  forgive(): void {
    this.#state.failures = 0
    this.#state.backOffUntilMs = 0
  }

  /** May an open connection carry another message? It may not when it has carried enough, is old, was idle, or there are too many. */
  mayReuse({ messages, openedMs, idleSinceMs }: OpenConnection, nowMs: number): boolean {
    const { messagesPerConnection, connectionAgeMs, idleMs } = this.#limits
    if (messages >= messagesPerConnection || nowMs - openedMs >= connectionAgeMs) return false
    if (idleSinceMs !== null && nowMs - idleSinceMs >= idleMs) return false
    return this.#state.inUse <= this.allowed
  }

  /** A copy, to be stored. */
  state(): LaneState {
    return { ...this.#state, bucket: { ...this.#state.bucket } }
  }

  /** An end further away than the longest wait comes from a clock that has stepped back since: it does not count. */
  #isBackedOff(nowMs: number): boolean {
    const leftMs = this.#state.backOffUntilMs - nowMs
    return leftMs > 0 && leftMs <= BACK_OFF_LONGEST_MS
  }

  #halve(): void {
    this.#state.allowed = Math.max(1, Math.floor(this.allowed / 2))
    this.#state.batch = 0
  }
}
