import { type Counter, type Counts, TIMES } from './counter.ts'
import { percentileMs } from './histogram.ts'

/** The formula of each rate, as it is printed beside it. Every one divides deliveries by deliveries or tries by tries, never one by the other. deliverability §6.1. */
export const FORMULAS = {
  deferral: 'deferred ÷ attempted',
  delivery: 'delivered ÷ (delivered + bounced + expired)',
  hardBounce: 'hard ÷ attempted',
  softBounce: 'soft ÷ attempted',
  blockBounce: 'block ÷ attempted',
  otherBounce: 'other ÷ attempted',
  lateBounce: 'late ÷ attempted',
  complaint: 'complained ÷ delivered, both of providers that tell senders of complaints',
  attemptDeferral: 'attempts deferred ÷ attempts made',
  tls: 'delivered over TLS ÷ delivered to other servers',
  open: 'opened by people ÷ delivered with a picture that tells of its reader',
  openAny: 'opened by people or programs ÷ delivered with such a picture',
  click: 'clicked by people ÷ delivered with links that tell of their reader',
  clickToOpen: 'clicked by people ÷ opened by people',
  unsubscribe: 'unsubscribed ÷ delivered',
} as const

/** The rates: parts of 1; null where there is nothing to divide by. */
export type Rates = Readonly<Record<keyof typeof FORMULAS, number | null>>

/** The rates that counts make. */
export function ratesOf(counts: Counts): Rates {
  const n = (name: Counter): number => counts[name] ?? 0
  const attempted = n('attempted')
  const bounced = n('hard') + n('soft') + n('block') + n('other') + n('late')
  const { tracked, linked } = toldBy(counts)
  return {
    deferral: ratio(n('deferred'), attempted),
    delivery: ratio(n('delivered'), n('delivered') + bounced + n('expired')),
    hardBounce: ratio(n('hard'), attempted),
    softBounce: ratio(n('soft'), attempted),
    blockBounce: ratio(n('block'), attempted),
    otherBounce: ratio(n('other'), attempted),
    lateBounce: ratio(n('late'), attempted),
    complaint: ratio(n('complainedHeard'), n('deliveredHeard')),
    attemptDeferral: ratio(n('triesDeferred'), n('tries')),
    tls: ratio(n('deliveredTls'), n('deliveredAway')),
    open: ratio(n('opened'), tracked),
    openAny: ratio(n('openedAny'), tracked),
    click: ratio(n('clicked'), linked),
    clickToOpen: ratio(n('clicked'), n('opened')),
    unsubscribe: ratio(n('unsubscribedOneClick') + n('unsubscribedPage') + n('unsubscribedMail'), n('delivered')),
  }
}

/** Deliveries with a picture, and with links, that tell of their reader. */
export function toldBy({ delivered = 0, deliveredNoPicture = 0, deliveredNoLinks = 0 }: Counts): { readonly tracked: number; readonly linked: number } {
  return { tracked: delivered - deliveredNoPicture, linked: delivered - deliveredNoLinks }
}

/** How long deliveries took that arrived at their first try and were not to wait. A percentile is the end of the bucket it lies in; null without any, or beyond a day. */
export interface TimeToDeliver {
  readonly count: number
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
}

/** The percentiles that counts make. */
export function timeToDeliverOf(counts: Counts): TimeToDeliver {
  const buckets = TIMES.map((name) => counts[name] ?? 0)
  return {
    count: buckets.reduce((sum, count) => sum + count, 0),
    p50Ms: percentileMs(buckets, 0.5),
    p95Ms: percentileMs(buckets, 0.95),
    p99Ms: percentileMs(buckets, 0.99),
  }
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 1e6) / 1e6
}
