import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../../base/clock.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { json } from '../../../infra/http/api/json.ts'
import { adviseAddresses } from '../../pool/dedicated.ts'
import { sourceBook } from '../../pool/sql-source.ts'
import { ANY, type AskStats } from '../asked.ts'
import { STEP_MS } from '../limits.ts'
import { startOf } from '../tally.ts'
import { ADVICE_DAYS, historyOf, WINDOW_DAYS } from './history.ts'

const texts = z.object({ en: z.string(), id: z.string() })
const adviceShape = z
  .object({
    advice: z.enum(['shared', 'dedicated', 'return-to-shared']),
    addresses: z.number().int().openapi({ description: 'Addresses of its own that the volume needs; 0 on shared ones.' }),
    separate_transactional: z.boolean().openapi({ description: 'Transactional mail should have an address of its own.' }),
    may_mix: z.boolean().openapi({ description: 'Transactional mail and broadcasts may share one.' }),
    has_dedicated: z.boolean(),
    windows: z.array(z.number().int()).openapi({ description: 'Deliveries in each of the last three windows of 30 days, the newest first.' }),
    sending_days: z.number().int().openapi({ description: 'Days of the last 30 with mail.' }),
    peak_hour: z.number().int(),
    peak_day: z.number().int(),
    reasons: z.array(texts),
  })
  .openapi('AddressAdvice')

const route = createRoute({
  method: 'get', path: '/advice/addresses', summary: 'Tell whether sending addresses of its own are worth it for the organization, and why', middleware: needsScope('read'),
  responses: { 200: json(adviceShape, 'Advice: nothing is changed by it') },
})

/** What the route is made of. */
export interface AdviceApiOptions {
  readonly db: Database
  readonly clock: Clock
  readonly ask: AskStats
}

/** `/v1/advice/addresses`: dedicated or shared sending addresses, by what the caller's organization has sent. deliverability §3.8. */
export function adviceApi({ db, clock, ask }: AdviceApiOptions): Api {
  const api = newApi()
  api.openapi(route, async (context) => {
    const { organization } = context.get('caller')
    const toMs = startOf('day', clock.nowMs()) // Whole days: the present one is not over.
    const newest = toMs - WINDOW_DAYS * STEP_MS.day
    const shared = { organization, toMs, groupBy: null, where: ANY }
    const [days, hours, transactional, { pools, sources }] = await Promise.all([
      ask({ ...shared, fromMs: toMs - ADVICE_DAYS * STEP_MS.day, step: 'day', series: true }),
      ask({ ...shared, fromMs: newest, step: 'hour', series: true }),
      ask({ ...shared, fromMs: newest, step: 'day', series: false, where: { ...ANY, stream: 'transactional' } }),
      sourceBook(db),
    ])
    const own = pools.filter((pool) => pool.kind === 'dedicated' && pool.organization === organization)
    const byOwn = await Promise.all(own.map(({ id }) => ask({ ...shared, fromMs: toMs - ADVICE_DAYS * STEP_MS.day, step: 'day', series: true, where: { ...ANY, pool: id } })))
    // Who has sent nothing at all is judged by how long those addresses have worked.
    const began = days.rows.length > 0 ? byOwn.flatMap(({ rows }) => rows.map(({ atMs }) => atMs)) : own.flatMap((pool) => pool.sources.map((id) => sources.get(id)?.sendsSinceMs ?? null))
    const sinceMs = Math.min(toMs, ...began.filter((ms) => ms !== null))
    const [hasDedicated, ownDays] = [own.length > 0, Math.floor((toMs - sinceMs) / STEP_MS.day)]
    const history = historyOf({ days: days.rows, hours: hours.rows, transactional: transactional.rows[0]?.counts.accepted ?? 0, hasDedicated, ownDays, nowMs: toMs })
    const { advice, addresses, separateTransactional, mayMix, reasons } = adviseAddresses(history)
    const { windows, sendingDays, peakHour, peakDay } = history
    return context.json({
      ...{ advice, addresses, separate_transactional: separateTransactional, may_mix: mayMix, has_dedicated: hasDedicated },
      ...{ windows: [...windows], sending_days: sendingDays, peak_hour: peakHour, peak_day: peakDay, reasons: reasons.map((text) => ({ ...text })) },
    }, 200)
  })
  return api
}
