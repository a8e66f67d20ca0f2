import type { Source } from '../pool/source.ts'
import type { LeasedDelivery, Outcome } from '../queue/delivery.ts'

/** One of our addresses, as connections leave from it. */
export interface SendingSource {
  readonly id: string
  /** What to bind; null lets the kernel choose. */
  readonly address: string | null
  /** The name in EHLO. */
  readonly ehlo: string
  /** Since it began to send; below 30 it is cold. */
  readonly ageDays: number
  /** It follows a plan, which hears what becomes of its mail. */
  readonly isWarming: boolean
}

/** From where deliveries go, and those that cannot go now. */
export interface Assigned {
  readonly going: readonly { readonly source: SendingSource; readonly deliveries: readonly LeasedDelivery[] }[]
  readonly waiting: readonly { readonly delivery: LeasedDelivery; readonly outcome: Outcome }[]
}

/** How our addresses stand with a site at this moment. */
export interface Standing {
  /** It cannot reach the site. */
  readonly isDown: (source: string) => boolean
  /** It has a connection there with nothing to do. */
  readonly isIdle: (source: string) => boolean
  /** Families in which servers of a domain may have addresses. */
  readonly families: (lane: string) => Promise<readonly Source['family'][]>
  /** An attempt has shown that no server of a domain has an address of this family, though of the other: mail for it is not to leave from there. */
  readonly isBeyond: (lane: string, family: Source['family']) => boolean
}

/** Says from which of our addresses mail leaves. */
export interface Sources {
  /** @throws {Unavailable} */
  assign(deliveries: readonly LeasedDelivery[], to: Destination, standing: Standing): Promise<Assigned>
}

/** Where deliveries go, as far as the choice depends on it. */
export interface Destination {
  readonly site: string
  readonly provider: string | null
}

/** The one source of a system that has no pools. */
export const DEFAULT_SOURCE = 'default'

/** A system whose mail leaves from wherever the kernel says. */
export function oneSource(ehlo: string, ageDays: () => number): Sources {
  return {
    async assign(deliveries) {
      return { going: [{ source: { id: DEFAULT_SOURCE, address: null, ehlo, ageDays: ageDays(), isWarming: false }, deliveries }], waiting: [] }
    },
  }
}
