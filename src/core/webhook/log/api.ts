import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../../base/clock.ts'
import { isoTime } from '../../../base/iso-time.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { type Caller, changerOf } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { afterId, idPageQuery, pageOf, toPage, wholePage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { foundEndpoint } from '../api.ts'
import type { Attempt } from '../endpoint.ts'
import type { CarryingCall } from '../routed/sql-body.ts'
import { attemptShape, callFilter, type calledShape, callShape, replayWishes, type tryShape, wholeCallShape } from '../shape.ts'
import { queueCall } from '../sql-call.ts'
import { callById, callsBefore, replayCall, replaySince, type ShownCall, type WholeCall } from '../sql-log.ts'
import { trialCall } from '../trial.ts'

const params = z.object({ id: z.string().max(100) })
const callParams = params.extend({ delivery: z.string().max(100).openapi({ description: 'What the endpoint gets as `webhook-id`.' }) })
const queued = json(z.object({ object: z.literal('webhook_event'), id: z.string() }), 'It is on its way, under this id')

const trial = createRoute({
  method: 'post',
  path: '/webhooks/{id}/test',
  summary: 'Send a test, whatever the webhook is told of',
  middleware: needsScope('develop'),
  request: { params },
  responses: { 202: queued },
})

const list = createRoute({
  method: 'get',
  path: '/webhooks/{id}/deliveries',
  summary: 'List what was sent in the last 30 days and what waits, newest first',
  middleware: needsScope('read'),
  request: { params, query: idPageQuery.extend(callFilter.shape) },
  responses: { 200: json(pageOf(callShape), 'A page of deliveries') },
})

const show = createRoute({
  method: 'get',
  path: '/webhooks/{id}/deliveries/{delivery}',
  summary: 'Show a delivery with its body and its tries',
  middleware: needsScope('read'),
  request: { params: callParams },
  responses: { 200: json(wholeCallShape, 'The delivery') },
})

const attempts = createRoute({
  method: 'get',
  path: '/webhooks/{id}/deliveries/{delivery}/attempts',
  summary: 'List the tries of a delivery, newest first; the newest 100',
  middleware: needsScope('read'),
  request: { params: callParams },
  responses: { 200: json(pageOf(attemptShape), 'Its tries') },
})

const replayOne = createRoute({
  method: 'post',
  path: '/webhooks/{id}/deliveries/{delivery}/replay',
  summary: 'Send a delivery again, with the same id',
  middleware: needsScope('develop'),
  request: { params: callParams },
  responses: { 202: queued },
})

const replayMany = createRoute({
  method: 'post',
  path: '/webhooks/{id}/replay',
  summary: 'Send all deliveries since a time again, those that failed or all',
  middleware: needsScope('develop'),
  request: { params, body: body(replayWishes) },
  responses: { 202: json(z.object({ deliveries: z.number().int() }), 'How many are on their way') },
})

/** `/v1/webhooks/{id}/deliveries` and what sends something: a test, or what was sent before. */
export function webhookLogApi({ db, clock, bodyOf }: { readonly db: Database; readonly clock: Clock; readonly bodyOf: (call: CarryingCall) => Promise<string | null> }): Api {
  const api = newApi()
  api.openapi(trial, async (context) => {
    changerOf(context.get('caller'))
    const endpoint = await foundEndpoint(db, context.get('caller'), context.req.valid('param').id)
    const call = trialCall(endpoint, clock.nowMs())
    if (!(await db.write(queueCall, { call, nowMs: clock.nowMs() }))) throw new Problem(409, 'disabled', 'The webhook is switched off: switch it on first, with {"enabled": true}')
    return context.json({ object: 'webhook_event' as const, id: call.id }, 202)
  })
  api.openapi(list, async (context) => {
    const { limit, state, type, ...from } = context.req.valid('query')
    const { organization, id: endpoint } = await foundEndpoint(db, context.get('caller'), context.req.valid('param').id)
    const rows = await callsBefore(db, { organization, endpoint, state: state ?? '', type: type ?? '' }, afterId(from), limit + 1)
    return context.json(toPage(rows, limit, ({ id }) => id, shown), 200)
  })
  api.openapi(show, async (context) => {
    const found = await foundCall(db, context.get('caller'), context.req.valid('param'))
    const sent = (await bodyOf(found)) ?? ''
    return context.json({ object: 'webhook_event' as const, ...shown(found), body: sent, payload: sent === '' ? null : (JSON.parse(sent) as z.infer<typeof calledShape>), tries: found.tries.map(shownTry) }, 200) // Ours, to the letter.
  })
  api.openapi(attempts, async (context) => {
    const found = await foundCall(db, context.get('caller'), context.req.valid('param'))
    return context.json(wholePage(found.tries.map((each) => shownAttempt(found.id, each))), 200)
  })
  api.openapi(replayOne, async (context) => {
    changerOf(context.get('caller'))
    const { id, delivery } = context.req.valid('param')
    const { organization, id: endpoint } = await foundEndpoint(db, context.get('caller'), id)
    const isQueued = await db.write(replayCall, { organization, endpoint, id: delivery, nowMs: clock.nowMs() })
    // One that is being made at this moment is on its way already.
    if (!isQueued && (await callById(db, { organization, endpoint, id: delivery })) === null) throw notFound(delivery)
    return context.json({ object: 'webhook_event' as const, id: delivery }, 202)
  })
  api.openapi(replayMany, async (context) => {
    changerOf(context.get('caller'))
    const { since, which } = context.req.valid('json')
    const { organization, id: endpoint } = await foundEndpoint(db, context.get('caller'), context.req.valid('param').id)
    return context.json({ deliveries: await replaySince(db, { organization, endpoint, sinceMs: Date.parse(since), which, nowMs: clock.nowMs() }) }, 202)
  })
  return api
}

async function foundCall(db: Database, caller: Caller, { id, delivery }: z.infer<typeof callParams>): Promise<WholeCall> {
  const { organization, id: endpoint } = await foundEndpoint(db, caller, id)
  const found = await callById(db, { organization, endpoint, id: delivery })
  if (found === null) throw notFound(delivery)
  return found
}

function notFound(id: string): Problem {
  return new Problem(404, 'not_found', `There is no delivery ${id}: they are forgotten after 30 days`)
}

const STATUS: Readonly<Record<ShownCall['state'], 'pending' | 'attempting' | 'success' | 'failed'>> = { waiting: 'pending', calling: 'attempting', delivered: 'success', failed: 'failed' }

function shown({ id, type, sequence, state, attempts, createdMs, dueMs, last }: ShownCall): z.infer<typeof callShape> {
  return {
    ...{ id, type, sequence, state, status: STATUS[state], attempts, created_at: isoTime(createdMs) },
    next_attempt_at: state === 'waiting' ? isoTime(dueMs) : null,
    last: last === null ? null : shownTry(last),
  }
}

function shownAttempt(delivery: string, { atMs, durationMs, status, error, response }: Attempt): z.infer<typeof attemptShape> {
  return { id: `${delivery}.${atMs}`, sent_at: isoTime(atMs), http_status_code: status, duration_ms: durationMs, error, response }
}

function shownTry({ atMs, durationMs, status, error, response }: Attempt): z.infer<typeof tryShape> {
  return { at: isoTime(atMs), duration_ms: durationMs, status, error, response }
}
