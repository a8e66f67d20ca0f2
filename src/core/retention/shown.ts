import type { z } from '@hono/zod-openapi'
import { ABSOLUTE_MS } from '../access/session/limits.ts'
import { DAY_MS } from '../../base/duration.ts'
import { PROOF_MS } from '../consent/limits.ts'
import { REMEMBER_MS, SENT_MS } from '../send/limits.ts'
import { COUNTS_MS } from '../stats/limits.ts'
import { TRACKED_MS } from '../track/limits.ts'
import type { retentionShape } from './shape.ts'
import { BOUNDS, type Days, daysFor, type Kind, KINDS, type Own } from './terms.ts'

/** For how long things of an organization are kept, as it is told over HTTP and by commands. */
export function shownRetention(own: Readonly<Record<Kind, Own>>, system: Days): z.infer<typeof retentionShape> {
  return {
    object: 'retention',
    data: KINDS.map((kind) => ({
      ...{ kind, what: BOUNDS[kind].what, days: daysFor(own[kind], system[kind]), chosen_days: own[kind].days },
      ...{ at_least: BOUNDS[kind].least, at_most: own[kind].mostDays ?? system[kind] },
    })),
    always: [
      { what: 'counts: statistics by hour and day', days: COUNTS_MS / DAY_MS },
      { what: 'what is known of a message that a program sent', days: SENT_MS / DAY_MS },
      { what: 'answers to requests with an Idempotency-Key', days: REMEMBER_MS / DAY_MS },
      { what: 'sessions of people, at most', days: ABSOLUTE_MS / DAY_MS },
      { what: 'what links in mail mean', days: TRACKED_MS / DAY_MS },
      { what: 'consents, after they were withdrawn', days: PROOF_MS / DAY_MS },
    ],
  }
}

/** Days by kind, as the usage of an organization shows them. */
export function keptDays(own: Readonly<Record<Kind, Own>>, system: Days): Days {
  return Object.fromEntries(KINDS.map((kind) => [kind, daysFor(own[kind], system[kind])])) as Days
}
