import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { QueueStore } from './engine-options.ts'
import { SENDER_LEASE_MS } from './limits.ts'
import type { Site } from './site.ts'

/** A site that had nothing to do for so long is given up, so that another worker may have it. */
const SITE_IDLE_MS = 60_000

/** What somebody else holds is asked for again after that. */
const ELSEWHERE_MS = 2_000

/** What holding sites takes. */
export interface HeldSitesOptions {
  readonly store: Pick<QueueStore, 'hold' | 'letGo'>
  /** The sender's name. */
  readonly holder: string
  readonly clock: Clock
  readonly log: Log
}

/** The sites that this sender serves: it holds the lease of each, and a lease that says that it lives. */
export class HeldSites {
  readonly #options: HeldSitesOptions
  readonly #sites = new Map<string, Site>()
  /** Sites that another sender holds, until when we believe it. */
  readonly #elsewhere = new Map<string, number>()
  /** Until when the database has said that what we hold is ours. */
  #heldUntilMs = 0

  constructor(options: HeldSitesOptions) {
    this.#options = options
  }

  /** How many are served. */
  get size(): number {
    return this.#sites.size
  }

  /** The site of that name, while it is served here. */
  of(name: string): Site | undefined {
    return this.#sites.get(name)
  }

  /** All that are served. */
  all(): Iterable<Site> {
    return this.#sites.values()
  }

  /** The site of that name, made when it was not served before; null while another sender serves it. */
  async take(name: string, make: () => Site): Promise<Site | null> {
    const nowMs = this.#options.clock.nowMs()
    if ((this.#elsewhere.get(name) ?? 0) > nowMs) return null
    await this.live()
    if (!(await this.#options.store.hold(siteLease(name), nowMs + SENDER_LEASE_MS))) {
      this.#elsewhere.set(name, nowMs + ELSEWHERE_MS)
      return null
    }
    const site = this.#sites.get(name) ?? make()
    this.#sites.set(name, site)
    return site
  }

  /** Says that this sender lives: what it has taken is its own for the length of a lease. */
  async live(): Promise<void> {
    const { store, holder, clock } = this.#options
    const untilMs = clock.nowMs() + SENDER_LEASE_MS
    await store.hold(senderLease(holder), untilMs)
    this.#heldUntilMs = untilMs
  }

  /** Renews every lease, and closes what is unused or is another's now. Rejects while the database cannot be asked. */
  async renew(): Promise<void> {
    const { store, clock } = this.#options
    const nowMs = clock.nowMs()
    const untilMs = nowMs + SENDER_LEASE_MS
    for (const [name, believedMs] of this.#elsewhere) if (believedMs <= nowMs) this.#elsewhere.delete(name)
    await this.live()
    for (const [name, site] of this.#sites) {
      const { idleSinceMs } = site
      const isUnused = idleSinceMs !== null && clock.nowMs() - idleSinceMs > SITE_IDLE_MS && site.pausedUntilMs < clock.nowMs()
      if (isUnused || !(await store.hold(siteLease(name), untilMs))) await this.#close(name, site)
    }
  }

  /** Whether it serves sites that may be others' by now. */
  get isOverdue(): boolean {
    return this.#sites.size > 0 && this.#options.clock.nowMs() >= this.#heldUntilMs
  }

  /** Stops serving: what is under way is given back or finished. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#sites].map(([name, site]) => this.#close(name, site)))
  }

  /** Lets go of the lease that says that this sender lives. */
  async end(): Promise<void> {
    await this.#options.store.letGo(senderLease(this.#options.holder)).catch(() => {}) // It runs out by itself.
  }

  async #close(name: string, site: Site): Promise<void> {
    this.#sites.delete(name)
    await site.stop()
    await this.#options.store.letGo(siteLease(name)).catch(() => {}) // It runs out by itself.
  }
}

/** The lease that says that a sender lives. */
export function senderLease(holder: string): string {
  return `sender:${holder}`
}

function siteLease(name: string): string {
  return `site:${name}`
}
