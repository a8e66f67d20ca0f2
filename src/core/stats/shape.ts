import { z } from '@hono/zod-openapi'
import { FORMULAS } from './answer.ts'
import { MAX_GROUPS, MAX_STEPS, MAX_WORD_CHARS } from './limits.ts'
import { GROUPS } from './asked.ts'

const time = z.iso.datetime({ offset: true })
const count = z.number().int()
const rate = (formula: string) => z.number().nullable().openapi({ description: `${formula}. Null where there is nothing to divide by.` })
const percentile = count.nullable().openapi({ description: 'Milliseconds: the end of the bucket it lies in. Null without any, or when it is over a day.' })
const only = z.string().max(MAX_WORD_CHARS).optional()

/** What is asked. */
export const statsQuery = z.object({
  from: time.optional().openapi({ description: 'Without it, a day before `to` by hour, else a week.' }),
  to: time.optional().openapi({ description: 'Not included. Without it, now.' }),
  interval: z.enum(['hour', 'day']).optional().openapi({ description: `A row for each hour (at most ${MAX_STEPS.hour}) or day (at most ${MAX_STEPS.day}) of UTC. Without it, one for all of the time.` }),
  group_by: z.enum(GROUPS).optional().openapi({ description: `A row for each; the ${MAX_GROUPS} largest.` }),
  stream: only,
  provider: only.openapi({ description: 'A key such as `gmail`; `local`, `other`, or empty for what was not tried yet.' }),
  domain: only.openapi({ description: 'The recipient’s domain; `other` for those too small for a name of their own.' }),
  source: only,
  pool: only,
  category: only.openapi({ description: 'Why it did not arrive, or has not yet; empty for what arrived.' }),
  tag: only.openapi({ description: 'A tag as `name:value`; `other` for those too small for a name of their own. Counts of a tag are not told apart by domain, source or pool.' }),
})

/** Counts of a step, a group, or both. */
export const statsRowShape = z
  .object({
    at: time.nullable().openapi({ description: 'When the hour or day began; null without an interval.' }),
    group: z.string().nullable(),
    deliveries: z
      .object({
        accepted: count,
        attempted: count.openapi({ description: 'Tried at least once.' }),
        deferred: count.openapi({ description: 'Put off at least once, however often.' }),
        waiting: count,
        delivered: count.openapi({ description: 'Taken by the other server, and not come back within five days.' }),
        bounced: z.object({ hard: count, soft: count, block: count, other: count, late: count }).openapi({ description: 'Refused for good, by the kind of the category; `late`: taken, and come back.' }),
        expired: count,
        suppressed: count,
        cancelled: count,
        complained: count,
        delivered_away: count.openapi({ description: 'Of those delivered: to other servers, not to mailboxes here.' }),
        delivered_tls: count.openapi({ description: 'Of those: over TLS.' }),
        delivered_tracked: count.openapi({ description: 'Of those delivered: with a picture that tells when its reader opens the message. Mail that was accepted before this was counted is taken for such.' }),
        delivered_linked: count.openapi({ description: 'Of those delivered: with links that tell when their reader follows them. As above.' }),
        unsubscribed: z.object({ one_click: count, page: count, mail: count }).openapi({ description: 'Of those delivered: how the recipient first asked for no more.' }),
        resubscribed: count.openapi({ description: 'Of those delivered: the recipient took that back on the preference page.' }),
      })
      .openapi({ description: 'Each once, in the hour it was accepted.' }),
    engagement: z
      .object({
        opened: z.object({ human: count, any: count }),
        clicked: z.object({ human: count, any: count }),
        opens: z.object({ human: count, proxy: count, bot: count }),
        clicks: z.object({ human: count, bot: count }),
      })
      .openapi({ description: 'What readers of delivered mail did: `opened` and `clicked` count deliveries, `opens` and `clicks` hits. Openings are an estimate.' }),
    attempts: z.object({ made: count, deferred: count, failed: count, delivered: count }).openapi({ description: 'Each in the hour it was made.' }),
    rates: z.object({
      deferral: rate(FORMULAS.deferral),
      delivery: rate(FORMULAS.delivery),
      hard_bounce: rate(FORMULAS.hardBounce),
      soft_bounce: rate(FORMULAS.softBounce),
      block_bounce: rate(FORMULAS.blockBounce),
      other_bounce: rate(FORMULAS.otherBounce),
      late_bounce: rate(FORMULAS.lateBounce),
      complaint: rate(FORMULAS.complaint),
      attempt_deferral: rate(FORMULAS.attemptDeferral),
      tls: rate(FORMULAS.tls),
      open: rate(FORMULAS.open),
      open_any: rate(FORMULAS.openAny),
      click: rate(FORMULAS.click),
      click_to_open: rate(FORMULAS.clickToOpen),
      unsubscribe: rate(FORMULAS.unsubscribe),
    }),
    time_to_deliver: z
      .object({ count, p50_ms: percentile, p95_ms: percentile, p99_ms: percentile })
      .openapi({ description: 'Of deliveries that arrived at their first try and were neither scheduled nor held.' }),
  })
  .openapi('StatsRow')

/** The answer. */
export const statsShape = z
  .object({
    from: time,
    to: time,
    step: z.enum(['hour', 'day']).openapi({ description: 'The time from `from` to `to` is made of these, whole.' }),
    data: z.array(statsRowShape),
    has_more: z.boolean().openapi({ description: 'There are smaller groups than these.' }),
  })
  .openapi('Stats')
