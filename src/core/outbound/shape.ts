import { Lane } from '../pool/lane.ts'
import type { LaneLimits } from '../pool/lane-limits.ts'
import { limitsOf, type Override } from '../pool/resolve.ts'
import type { Keys, Stage } from '../pool/rule.ts'
import type { Heard, Shaper, Stand } from '../pool/shaper.ts'
import { dueAfter } from '../pool/suspension.ts'
import type { LeasedDelivery, Outcome } from '../queue/delivery.ts'
import type { Reply } from '../../proto/smtp/reply.ts'

/** The one source of a system that has no pools. */
export const DEFAULT_SOURCE = 'default'

/** What decides how fast a site is served. */
export interface ShapeOptions {
  readonly site: string
  readonly provider: string | null
  /** A domain of the site: an operator's word on a domain counts for all that share its servers. */
  readonly domain: string
  /** Since this system began to send; below 30 it is cold. */
  readonly sourceAgeDays: number
  readonly overrides: readonly Override[]
  /** What replies have set off, for all sites of this process. */
  readonly shaper: Shaper
}

/** The limits of one site as they are now: what is known of its provider, what an operator says, and what its replies have set off. */
export class Shape {
  readonly lane: Lane
  readonly #options: ShapeOptions
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
    if (this.#againMs !== null && this.#againMs <= nowMs) this.#refresh(nowMs)
    return this.lane.limits
  }

  /** Whether a delivery may go now. Asked once for each transaction. */
  stand(delivery: LeasedDelivery, nowMs: number): Stand {
    return this.#options.shaper.mayGo(this.#keys(delivery), traffic(delivery), this.limits(nowMs).rate, nowMs)
  }

  /** What a delivery that may not go waits for. */
  held(stand: Extract<Stand, { kind: 'wait' }>, nowMs: number, chance: number): Outcome {
    const { suspension, untilMs } = stand
    const dueMs = suspension === null ? Math.max(untilMs ?? nowMs, nowMs) : dueAfter(suspension, nowMs, chance)
    const why = suspension === null ? 'its rate is limited' : `suspended by ${suspension.rule ?? suspension.by}`
    const answer = { status: '4.7.0', text: `mail of this kind to ${this.#options.site} waits: ${why}`, host: null, atMs: nowMs }
    return { kind: 'deferred', answer, dueMs, counted: false, possibleDuplicate: false }
  }

  /** A server refused a delivery: rules may say more of it than its code does. */
  hear(delivery: LeasedDelivery, stage: Stage, { code, status, text }: Reply, nowMs: number): Heard {
    const { shaper, provider } = this.#options
    const heard = shaper.hear({ provider, stage, code, enhanced: status, text }, this.#keys(delivery), nowMs)
    if (heard.isNews) this.#refresh(nowMs)
    return heard
  }

  /** What became of a delivery that went as a canary. */
  canaryEnded(delivery: LeasedDelivery, end: 'arrived' | 'failed', nowMs: number): void {
    this.#options.shaper.canaryEnded(this.#keys(delivery), traffic(delivery), end, nowMs)
    this.#refresh(nowMs)
  }

  #refresh(nowMs: number): void {
    const { limits, againMs } = this.#resolve(nowMs)
    this.lane.change(limits)
    this.#againMs = againMs
  }

  #resolve(nowMs: number): { readonly limits: LaneLimits; readonly againMs: number | null } {
    const { site, provider, domain, sourceAgeDays, overrides, shaper } = this.#options
    const { adjustments, againMs } = shaper.adjustments({ source: DEFAULT_SOURCE, site }, nowMs)
    const { limits } = limitsOf({ domain, provider, source: DEFAULT_SOURCE, sourceAgeDays, organization: null, overrides, adjustments })
    return { limits, againMs }
  }

  #keys({ organization, stream }: LeasedDelivery): Keys {
    return { source: DEFAULT_SOURCE, site: this.#options.site, organization, stream }
  }
}

function traffic({ priority }: LeasedDelivery): 'bulk' | 'other' {
  return priority === 2 ? 'bulk' : 'other'
}
