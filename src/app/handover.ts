import type { DeliveryId } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import { operateAll } from '../core/queue/operate-all.ts'
import { ANY_DELIVERY } from '../core/queue/sql-operate.ts'
import { probeLane, stateOf } from '../core/queue/sql-handover.ts'
import { relayDomainsAfter } from '../core/route/sql-relay.ts'
import type { Database } from '../infra/db/database.ts'

/** How often a primary that was away is asked whether it is back. deliverability §2.6. */
const PROBE_EVERY_MS = 60_000

/** What handing over is made of. */
export interface HandoverOptions {
  readonly db: Database
  readonly clock: Clock
  readonly queued: (lane: string) => void
}

/**
 * Hands over what we keep for other servers as soon as they are back: of each domain one delivery is tried every minute, and when it has
 * arrived all others go at once. One for the whole installation; what it remembers is lost with it, and found again by the next probe.
 */
export class Handover {
  readonly #options: HandoverOptions
  readonly #probes = new Map<string, { readonly delivery: DeliveryId; readonly atMs: number }>()

  constructor(options: HandoverOptions) {
    this.#options = options
  }

  /** Looks at every relay domain once. Call it every few seconds. */
  async look(): Promise<void> {
    for (let after: string | null = ''; after !== null; ) {
      const page: Awaited<ReturnType<typeof relayDomainsAfter>> = await relayDomainsAfter(this.#options.db, after)
      for (const { name } of page) await this.#lookAt(name)
      after = page.at(-1)?.name ?? null
    }
  }

  async #lookAt(lane: string): Promise<void> {
    const { db, clock, queued } = this.#options
    const probe = this.#probes.get(lane)
    const nowMs = clock.nowMs()
    if (probe !== undefined && (await stateOf(db, probe.delivery)) === 'delivered') {
      this.#probes.delete(lane)
      const selection = { ...ANY_DELIVERY, lane }
      if ((await operateAll(db, { operation: 'retry', selection, by: 'handover', nowMs })) > 0) queued(lane)
      return
    }
    if (probe !== undefined && nowMs - probe.atMs < PROBE_EVERY_MS) return
    const delivery = await db.write(probeLane, { lane, nowMs })
    if (delivery === null) this.#probes.delete(lane)
    else {
      this.#probes.set(lane, { delivery, atMs: nowMs })
      queued(lane)
    }
  }
}
