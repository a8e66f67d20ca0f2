import { DAY_MS } from '../../base/duration.ts'
import { parentOf } from '../../proto/mail/domain.ts'
import { budgetKey } from '../pool/warming.ts'
import type { TakeDomainRoomArgs } from '../pool/new-domain/sql.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import { KnownUntil } from './known-until.ts'
import type { Destination } from './sending-source.ts'

/** Takes room in the name of a new domain. */
export type TakeDomainRoom = (args: TakeDomainRoomArgs) => Promise<{ readonly granted: number; readonly roomAgainMs: number | null }>

/** After so long a domain that sends seldom is new no more, either. */
const NEW_FOR_MS = 90 * DAY_MS

/** Mail to many in the name of a domain that receivers do not know: as much a day as they take of one. deliverability §3.7. */
export class NewDomains {
  readonly #takeRoom: TakeDomainRoom
  /** Domains without room for a site, until when. */
  readonly #full = new KnownUntil()

  constructor(takeRoom: TakeDomainRoom) {
    this.#takeRoom = takeRoom
  }

  /** Until when a delivery waits for its domain, as far as it is known; null when it may ask for room. Nothing waits beyond its time. */
  waitsUntilMs(delivery: LeasedDelivery, to: Destination, known: ReadonlyMap<string, number>, nowMs: number): number | null {
    const domain = newOf(delivery, known, nowMs)
    const untilMs = domain === null ? 0 : (this.#full.of(fullKey(domain, to)) ?? 0)
    return untilMs > nowMs && untilMs < delivery.expiresMs ? untilMs : null
  }

  /** Takes room for deliveries that are about to go. Gives those that find none and must wait, and until when; all others count as sent. */
  async notNow(deliveries: readonly LeasedDelivery[], to: Destination, known: ReadonlyMap<string, number>, nowMs: number): Promise<ReadonlyMap<LeasedDelivery, number>> {
    const waiting = new Map<LeasedDelivery, number>()
    for (const [domain, own] of Map.groupBy(deliveries, (delivery) => newOf(delivery, known, nowMs))) {
      if (domain === null) continue
      const { granted, roomAgainMs } = await this.#takeRoom({ domain, site: to.site, provider: to.provider, wanted: own.length, nowMs })
      if (roomAgainMs === null) continue
      this.#full.note(fullKey(domain, to), roomAgainMs)
      for (const delivery of own.slice(granted)) if (roomAgainMs < delivery.expiresMs) waiting.set(delivery, roomAgainMs)
    }
    return waiting
  }
}

/** The highest new domain at or above its author's: a provider tells no more apart than that. */
function newOf({ view: { author } }: LeasedDelivery, known: ReadonlyMap<string, number>, nowMs: number): string | null {
  let found: string | null = null
  for (let name = author ?? null; name !== null; name = parentOf(name)) {
    const sinceMs = known.get(name)
    if (sinceMs !== undefined && nowMs - sinceMs < NEW_FOR_MS) found = name
  }
  return found
}

function fullKey(domain: string, to: Destination): string {
  return `${domain} ${budgetKey(to)}`
}
