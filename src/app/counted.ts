import { countedIn } from '../core/bounce/counted.ts'
import type { Event } from '../core/event/event.ts'
import type { NotAllowed } from '../core/organization/plan.ts'
import type { RateLimitOptions } from '../infra/http/api/rate.ts'
import type { Metrics } from '../infra/observe/metrics.ts'

/** Counts what is refused because of a plan, or of a cap of a key: why, and whose limit it is. */
export function countingRefusals(metrics: Metrics): (why: NotAllowed) => void {
  const refused = metrics.counter('merpati_plan_refusals_total', 'Messages and requests refused because of the plan of an organization or a cap of a key.', ['why', 'of'])
  return (why) => refused.inc(why.kind === 'limit' ? { why: why.limit, of: why.of } : { why: why.kind, of: 'organization' })
}

/** Counts requests that came too often: who asked, and what for. */
export function countingLimited(metrics: Metrics): RateLimitOptions['refused'] {
  const limited = metrics.counter('merpati_api_limited_total', 'Requests to /v1 that came too often, by whose limit it is and what was asked for.', ['by', 'of'])
  return (by, of) => limited.inc({ by, of })
}

/** Counts files that messages named by their address. */
export function countingFiles(metrics: Metrics): (outcome: 'fetched' | 'failed') => void {
  const files = metrics.counter('merpati_files_fetched_total', 'Files that messages over HTTP named by their address, by what came of fetching them.', ['outcome'])
  return (outcome) => files.inc({ outcome })
}

/** Counts bounces and complaints in events. */
export function countingBounces(metrics: Metrics): (events: readonly Event[]) => void {
  const bounces = metrics.counter('merpati_bounces_total', 'Deliveries that failed for good, in the session or as a report said later, by whose matter it is.', ['class', 'provider'])
  const complaints = metrics.counter('merpati_complaints_total', 'Complaints of recipients that came by feedback loops.', ['provider'])
  return (events) => {
    for (const event of events) {
      const counted = countedIn(event)
      if (counted?.kind === 'bounce') bounces.inc({ class: counted.class, provider: counted.provider })
      if (counted?.kind === 'complaint') complaints.inc({ provider: counted.provider })
    }
  }
}
