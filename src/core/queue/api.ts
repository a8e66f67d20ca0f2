import { createRoute, z } from '@hono/zod-openapi'
import type { DeliveryId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { viaLane } from './delivery.ts'
import { operateAll } from './operate-all.ts'
import { deliveriesPage, deliveryById, type FoundDelivery } from './sql-find.ts'
import { ANY_DELIVERY, countMeant, OPERATIONS, type Selection } from './sql-operate.ts'
import { deliveryShape, operatedShape, operationShape, queueFilter } from './shape.ts'


const list = createRoute({
  method: 'get',
  path: '/queue',
  summary: 'List deliveries, oldest first',
  middleware: needsScope('read'),
  request: { query: pageQuery.extend(queueFilter.shape) },
  responses: { 200: json(pageOf(deliveryShape), 'A page of deliveries') },
})

const show = createRoute({
  method: 'get',
  path: '/queue/{id}',
  summary: 'Show a delivery',
  middleware: needsScope('read'),
  request: { params: z.object({ id: z.string().max(100) }) },
  responses: { 200: json(deliveryShape, 'The delivery') },
})

const operation = createRoute({
  method: 'post',
  path: '/queue/{operation}',
  summary: 'Hold, release, retry, reroute or cancel deliveries; those that are being tried at this moment, and for a release those that checks hold, are left alone',
  middleware: needsScope('admin'),
  request: {
    params: z.object({ operation: z.enum(OPERATIONS) }),
    body: body(operationShape),
  },
  responses: { 200: json(operatedShape, 'How many it were, or would be') },
})

/** `/v1/queue`: what `merpati queue` does, for the deliveries of the caller's organization. */
export function queueApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  api.openapi(list, async (context) => {
    const { limit, cursor, state, domain, site, from, to, message } = context.req.valid('query')
    const filter = { organization: context.get('caller').organization, state: state ?? '', lane: domain?.toLowerCase() ?? '', site: site ?? '', sender: from ?? '', recipient: to ?? '', message: message ?? '' }
    const rows = await deliveriesPage(db, { ...filter, after: afterOf(cursor), limit: limit + 1 })
    return context.json(toPage(rows, limit, ({ id }) => id, shown), 200)
  })
  api.openapi(show, async (context) => {
    const { id } = context.req.valid('param')
    const found = await deliveryById(db, id as DeliveryId)
    if (found === null || found.organization !== context.get('caller').organization) throw new Problem(404, 'not_found', `There is no delivery ${id}: settled ones are forgotten after a week`)
    return context.json(shown(found), 200)
  })
  api.openapi(operation, async (context) => {
    const { operation: what } = context.req.valid('param')
    const { dry_run: isDryRun, ...asked } = context.req.valid('json')
    const { organization, key, mode } = context.get('caller')
    if ((what === 'reroute') !== (asked.via !== undefined)) throw new Problem(422, 'validation_error', 'via: goes with reroute, and reroute with it', { errors: [{ field: 'via', code: 'mismatch', message: 'goes with reroute, and reroute with it' }] })
    if (mode === 'test' && !isDryRun) throw new Problem(403, 'test_key', 'A test key changes nothing that is on its way: add "dry_run": true, or use a live key')
    const selection: Selection = { ...ANY_DELIVERY, id: asked.id ?? '', message: asked.message ?? '', lane: asked.domain?.toLowerCase() ?? '', site: asked.site ?? '', sender: asked.from ?? '', recipient: asked.to ?? '', organization, held: what === 'release' ? 'by-hand' : '' }
    const deliveries = isDryRun ? await countMeant(db, what, selection) : await operateAll(db, { operation: what, selection, lane: laneOf(asked.via), by: `key ${key}`, nowMs: clock.nowMs() })
    return context.json({ operation: what, deliveries, dry_run: isDryRun }, 200)
  })
  return api
}

function shown({ id, message, state, stream, site, sender, recipient, attempts, createdMs, dueMs, expiresMs, heldFor, last, possibleDuplicate }: FoundDelivery): z.infer<typeof deliveryShape> {
  return {
    ...{ id, message, state, stream, site, from: sender === '' ? null : sender, to: recipient, attempts },
    ...{ queued_at: isoTime(createdMs), due_at: isoTime(dueMs), expires_at: isoTime(expiresMs) },
    last: last === null ? null : { status: last.status, text: last.text, host: last.host, category: last.category ?? null, at: isoTime(last.atMs) },
    held_for: heldFor,
    possible_duplicate: possibleDuplicate,
  }
}

function laneOf(via: string | undefined): string {
  if (via === undefined || via === 'mx') return ''
  const colon = via.lastIndexOf(':')
  return viaLane(via.slice(0, colon).toLowerCase(), Number(via.slice(colon + 1)))
}
