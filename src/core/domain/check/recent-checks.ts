import type { Clock } from '../../../base/clock.ts'
import type { DomainCheck } from './check-domain.ts'
import { CallerBudget } from './caller-budget.ts'
import { KEEP_CHECK_MS, MAX_CHECKS_AT_ONCE, MAX_KEPT_CHECKS } from './limits.ts'

/** What came of asking for a check. `later`: the caller has asked for too many, or too many are under way. */
export type Asked = { readonly kind: 'checked'; readonly check: DomainCheck } | { readonly kind: 'later'; readonly waitMs: number }

/**
 * Checks that are a minute old at most, so that a page that is loaded again asks nobody; and no more of them at a time, and for one caller, than we
 * want to send questions for. One for each thread.
 */
export class RecentChecks {
  readonly #clock: Clock
  readonly #kept = new Map<string, { readonly untilMs: number; readonly check: DomainCheck }>()
  readonly #underWay = new Map<string, Promise<DomainCheck>>()
  readonly #callers: CallerBudget

  constructor(clock: Clock) {
    this.#clock = clock
    this.#callers = new CallerBudget(clock)
  }

  /** The check of `domain` that is known, under way, or made now by `make`. Who only waits for another's check is not counted. */
  async of(domain: string, caller: string, make: () => Promise<DomainCheck>): Promise<Asked> {
    const nowMs = this.#clock.nowMs()
    const kept = this.#kept.get(domain)
    if (kept !== undefined && kept.untilMs > nowMs) return { kind: 'checked', check: kept.check }
    const underWay = this.#underWay.get(domain)
    if (underWay !== undefined) return { kind: 'checked', check: await underWay }
    if (this.#underWay.size >= MAX_CHECKS_AT_ONCE) return { kind: 'later', waitMs: 1_000 }
    const waitMs = this.#callers.take(caller)
    if (waitMs > 0) return { kind: 'later', waitMs }
    const making = make().finally(() => this.#underWay.delete(domain))
    this.#underWay.set(domain, making)
    const check = await making
    this.#keep(domain, check)
    return { kind: 'checked', check }
  }

  /** What is known of a domain is old: one of its records was changed here. */
  forget(domain: string): void {
    this.#kept.delete(domain)
  }

  #keep(domain: string, check: DomainCheck): void {
    if (this.#kept.size >= MAX_KEPT_CHECKS) this.#kept.clear()
    this.#kept.set(domain, { untilMs: this.#clock.nowMs() + KEEP_CHECK_MS, check })
  }
}
