import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../../base/clock.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { changerOf, ownerOf } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { MAX_STREAMS } from './limits.ts'
import { isBroadcast, readStream } from './name.ts'
import { publicText, streamShape, streamTracking, streamWishes } from './shape.ts'
import { badStreamName, shownStream } from './shown.ts'
import { putStream, removeStream, streamNamed } from './sql.ts'

const params = z.object({ id: z.string().max(200).openapi({ example: 'broadcast.weekly' }) })

const show = createRoute({
  method: 'get', path: '/streams/{id}', summary: 'Show what readers of a stream know it by', middleware: needsScope('read'), request: { params },
  responses: { 200: json(streamShape, 'The stream') },
})

const put = createRoute({
  method: 'put', path: '/streams/{id}', summary: 'Make a stream that goes to many, or say anew what its readers know it by, and what is noted of them', middleware: needsScope('content'), request: { params, body: body(streamWishes) },
  responses: { 200: json(streamShape, 'The stream') },
})

const remove = createRoute({
  method: 'delete', path: '/streams/{id}', summary: 'Take no more mail in a stream; who wants none of it stays on the list', middleware: needsScope('content'), request: { params },
  responses: { 200: json(z.object({ object: z.literal('stream'), id: z.string(), deleted: z.literal(true) }), 'It is gone') },
})

/** `/v1/streams/{id}`: what `merpati stream set` does, for the caller's organization. The list is in `core/standing/api.ts`. */
export function streamApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  api.openapi(show, async (context) => {
    const { id } = context.req.valid('param')
    const stream = await streamNamed(db, ownerOf(context.get('caller')), id)
    if (stream === null) throw missing(id)
    return context.json(shownStream(stream), 200)
  })
  api.openapi(put, async (context) => {
    const organization = changerOf(context.get('caller'))
    const { id } = context.req.valid('param')
    const { title, description, tracking } = context.req.valid('json')
    const name = readStream(id)
    if (name === null || !isBroadcast(name)) throw invalid([{ field: 'id', code: 'invalid_stream', message: badStreamName(id) }])
    if ((await db.write(putStream, { organization, name, title: publicText(title), description: publicText(description), tracking: streamTracking(tracking), createdMs: clock.nowMs() })) === 'too-many') throw new Problem(409, 'too_many', `An organization has at most ${MAX_STREAMS} streams: remove one`)
    const stream = await streamNamed(db, organization, name)
    if (stream === null) throw missing(id) // Somebody was quicker.
    return context.json(shownStream(stream), 200)
  })
  api.openapi(remove, async (context) => {
    const organization = changerOf(context.get('caller'))
    const { id } = context.req.valid('param')
    if (!(await db.write(removeStream, { organization, name: id }))) throw missing(id)
    return context.json({ object: 'stream' as const, id, deleted: true as const }, 200)
  })
  return api
}

function missing(id: string): Problem {
  return new Problem(404, 'not_found', `There is no stream ${id}: GET /v1/streams lists them`)
}
