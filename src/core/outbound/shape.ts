import { Lane } from '../pool/lane.ts'
import type { LaneLimits } from '../pool/lane-limits.ts'
import { limitsOf, type Override } from '../pool/resolve.ts'
import type { Keys, Stage } from '../pool/rule.ts'
import type { Heard, Stand } from '../pool/shaper.ts'
import { dueAfter, type Suspension } from '../pool/suspension.ts'
import type { LeasedDelivery, Outcome } from '../queue/delivery.ts'
import type { Reply } from '../../proto/smtp/reply.ts'
import type { SharedShaping } from './shared-shaping.ts'

/** Suspensions whose canaries are remembered. */
const MAX_CANARIES = 100

/** What decides how fast a site is served. */
export interface ShapeOptions {
  readonly site: string
  /** From which of our addresses. */
  readonly source: string
  readonly provider: string | null
  /** A domain of the site: an operator's word on a domain counts for all that share its servers. */
  readonly domain: string
  /** Since the source began to send; below 30 it is cold. */
  readonly sourceAgeDays: number
  readonly overrides: readonly Override[]
  /** What replies and people have set off, for all sites. */
  readonly shaping: SharedShaping
}

/** The limits of one site as they are now: what is known of its provider, what an operator says, and what its replies have set off. */
export class Shape {
  readonly lane: Lane
  readonly #options: ShapeOptions
  /** For each suspension the canary that a delivery has been told to be. */
  readonly #canaries = new Map<string, number>()
  /** When the rules change by themselves. */
  #againMs: number | null

  constructor(options: ShapeOptions, nowMs: number) {
    this.#options = options
    const { limits, againMs } = this.#resolve(nowMs)
    this.lane = new Lane(limits, nowMs)
    this.#againMs = againMs
  }

  /** What holds now. */
  limits(nowMs: number): LaneLimits {
    if (this.#againMs !== null && this.#againMs <= nowMs) this.refresh(nowMs)
    return this.lane.limits
  }

  /** Whether a delivery may go now. Asked once for each transaction. */
  stand(delivery: LeasedDelivery, nowMs: number): Stand {
    return this.#options.shaping.shaper.mayGo(this.#keys(delivery), traffic(delivery), this.limits(nowMs).rate, nowMs)
  }

  /** What a delivery that may not go waits for. */
  held(stand: Extract<Stand, { kind: 'wait' }>, nowMs: number, chance: number): Outcome {
    const { suspension, untilMs } = stand
    const dueMs = suspension === null ? Math.max(untilMs ?? nowMs, nowMs) : this.#dueAfter(suspension, nowMs, chance)
    const why = suspension === null ? 'its rate is limited' : whyOf(suspension)
    const answer = { status: '4.7.0', text: `mail of this kind to ${this.#options.site} waits: ${why}`, host: null, atMs: nowMs }
    return { kind: 'deferred', answer, dueMs, counted: false, possibleDuplicate: false }
  }

  /** One delivery comes back when the next canary may go; all others when the suspension ends. */
  #dueAfter(suspension: Suspension, nowMs: number, chance: number): number {
    const { id, canaryEveryMs, canaryDueMs, untilMs } = suspension
    const isAwaited = this.#canaries.get(id) === canaryDueMs
    if (canaryEveryMs === null || isAwaited || (untilMs !== null && canaryDueMs >= untilMs)) return dueAfter(suspension, nowMs, chance)
    if (this.#canaries.size >= MAX_CANARIES) this.#canaries.clear()
    this.#canaries.set(id, canaryDueMs)
    return Math.max(nowMs, canaryDueMs)
  }

  /** A server refused a delivery: rules may say more of it than its code does. */
  hear(delivery: LeasedDelivery, stage: Stage, { code, status, text }: Reply, nowMs: number): Heard {
    const { shaping, provider } = this.#options
    const heard = shaping.shaper.hear({ provider, stage, code, enhanced: status, text }, this.#keys(delivery), nowMs)
    shaping.keep(heard.entries)
    if (heard.isNews) this.refresh(nowMs)
    return heard
  }

  /** What became of a delivery that went as a canary. */
  canaryEnded(delivery: LeasedDelivery, end: 'arrived' | 'failed', nowMs: number): void {
    const { shaping } = this.#options
    shaping.keep(shaping.shaper.canaryEnded(this.#keys(delivery), traffic(delivery), end, nowMs))
    this.refresh(nowMs)
  }

  /** Looks again at what holds: somebody else may have changed it. */
  refresh(nowMs: number): void {
    const { limits, againMs } = this.#resolve(nowMs)
    this.lane.change(limits)
    this.#againMs = againMs
  }

  #resolve(nowMs: number): { readonly limits: LaneLimits; readonly againMs: number | null } {
    const { site, source, provider, domain, sourceAgeDays, overrides, shaping } = this.#options
    const { adjustments, againMs } = shaping.shaper.adjustments({ source, site }, nowMs)
    const { limits } = limitsOf({ domain, provider, source, sourceAgeDays, organization: null, overrides, adjustments })
    return { limits, againMs }
  }

  #keys({ organization, stream, view: { author } }: LeasedDelivery): Keys {
    return { source: this.#options.source, site: this.#options.site, organization, stream, author }
  }
}

/** What people did is asked for by its id; what a stream did to itself, and what its domain lacks, is told. */
function whyOf({ by, rule, reason }: Suspension): string {
  return by === 'standing' || by === 'domain' ? `paused: ${reason}` : `suspended by ${rule ?? by}`
}

function traffic({ priority }: LeasedDelivery): 'bulk' | 'other' {
  return priority === 2 ? 'bulk' : 'other'
}
