import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import { isoTime } from '../../base/iso-time.ts'
import { OPERATOR } from '../../base/operator.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { changerOf } from '../../infra/http/api/caller.ts'
import { json } from '../../infra/http/api/json.ts'
import { ratesOf, timeToDeliverOf, toldBy } from './answer.ts'
import type { Counter } from './counter.ts'
import { rangeOf } from './range.ts'
import { statsQuery, type statsRowShape, statsShape } from './shape.ts'
import { type AskStats, faultOf, type Row } from './asked.ts'

const read = createRoute({
  method: 'get',
  path: '/stats',
  summary: 'Count what became of mail',
  middleware: needsScope('read'),
  request: { query: statsQuery },
  responses: { 200: json(statsShape, 'Counts, and rates made of them') },
})

const rebuild = createRoute({
  method: 'post',
  path: '/stats/rebuild',
  summary: 'Forget all counts, those of every organization, and make them again from the events',
  middleware: needsScope(OPERATOR),
  responses: { 202: json(z.object({ object: z.literal('stats_rebuild'), events: z.number().int() }), 'It has begun: so many events are counted, and the rest follows by itself') },
})

/** What the routes are made of. */
export interface StatsApiOptions {
  readonly ask: AskStats
  /** Forgets all counts and begins again. Returns how many events were counted meanwhile. */
  readonly rebuild: () => Promise<number>
  readonly clock: Clock
}

/** `/v1/stats`: what `merpati stats` tells, of the caller's organization, and what makes it anew for everybody. */
export function statsApi({ ask, rebuild: begin, clock }: StatsApiOptions): Api {
  const api = newApi()
  api.openapi(read, async (context) => {
    const { from, to, interval, group_by: groupBy, stream, provider, domain, source, pool, category, tag } = context.req.valid('query')
    const range = rangeOf({ fromMs: msOf(from), toMs: msOf(to), interval: interval ?? null }, clock.nowMs())
    if (!range.ok) throw invalid([{ field: 'from', code: 'invalid_range', message: range.error }])
    const where = { stream: stream ?? null, provider: provider ?? null, domain: domain?.toLowerCase() ?? null, source: source ?? null, pool: pool ?? null, category: category ?? null, tag: tag ?? null }
    const fault = faultOf({ groupBy: groupBy ?? null, where })
    if (fault !== null) throw invalid([{ field: 'tag', code: 'not_counted', message: fault }])
    const { organization } = context.get('caller')
    const found = await ask({ organization, ...range.value, series: interval !== undefined, groupBy: groupBy ?? null, where })
    return context.json({ from: isoTime(range.value.fromMs), to: isoTime(range.value.toMs), step: range.value.step, data: found.rows.map(shown), has_more: found.hasMore }, 200)
  })
  api.openapi(rebuild, async (context) => {
    changerOf(context.get('caller'))
    return context.json({ object: 'stats_rebuild' as const, events: await begin() }, 202)
  })
  return api
}

function shown({ atMs, group, counts }: Row): z.infer<typeof statsRowShape> {
  const n = (name: Counter): number => counts[name] ?? 0
  const rates = ratesOf(counts)
  const { tracked, linked } = toldBy(counts)
  const { count, p50Ms, p95Ms, p99Ms } = timeToDeliverOf(counts)
  return {
    at: isoTime(atMs),
    group,
    deliveries: {
      ...{ accepted: n('accepted'), attempted: n('attempted'), deferred: n('deferred'), waiting: n('waiting'), delivered: n('delivered') },
      bounced: { hard: n('hard'), soft: n('soft'), block: n('block'), other: n('other'), late: n('late') },
      ...{ expired: n('expired'), suppressed: n('suppressed'), cancelled: n('cancelled'), complained: n('complained') },
      ...{ delivered_away: n('deliveredAway'), delivered_tls: n('deliveredTls'), delivered_tracked: tracked, delivered_linked: linked },
      unsubscribed: { one_click: n('unsubscribedOneClick'), page: n('unsubscribedPage'), mail: n('unsubscribedMail') },
      resubscribed: n('resubscribed'),
    },
    engagement: {
      opened: { human: n('opened'), any: n('openedAny') },
      clicked: { human: n('clicked'), any: n('clickedAny') },
      opens: { human: n('opensHuman'), proxy: n('opensProxy'), bot: n('opensBot') },
      clicks: { human: n('clicksHuman'), bot: n('clicksBot') },
    },
    attempts: { made: n('tries'), deferred: n('triesDeferred'), failed: n('triesFailed'), delivered: n('triesDelivered') },
    rates: {
      ...{ deferral: rates.deferral, delivery: rates.delivery, hard_bounce: rates.hardBounce, soft_bounce: rates.softBounce, block_bounce: rates.blockBounce },
      ...{ other_bounce: rates.otherBounce, late_bounce: rates.lateBounce, complaint: rates.complaint, attempt_deferral: rates.attemptDeferral },
      ...{ tls: rates.tls, open: rates.open, open_any: rates.openAny, click: rates.click, click_to_open: rates.clickToOpen, unsubscribe: rates.unsubscribe },
    },
    time_to_deliver: { count, p50_ms: p50Ms, p95_ms: p95Ms, p99_ms: p99Ms },
  }
}

function msOf(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text)
}
