import { createRoute, z } from '@hono/zod-openapi'
import { isoTime } from '../../base/iso-time.ts'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { json } from '../../infra/http/api/json.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { inSnakeCase } from '../../infra/http/api/snake-case.ts'
import type { Event } from './event.ts'
import { storyShape, type eventShape } from './shape.ts'

/** Events told at most: the newest. */
const MAX_EVENTS = 200

const story = createRoute({
  method: 'get',
  path: '/trace',
  summary: 'Tell what happened to a message',
  middleware: needsScope('trace'),
  request: { query: z.object({ q: z.string().min(1).max(1_000).openapi({ description: 'The id of a message or a delivery, an address, or a Message-ID.' }) }) },
  responses: { 200: json(storyShape, 'The newest 200 events, oldest first') },
})

/** `/v1/trace`: what `merpati trace` tells, as far as the caller's organization is concerned. `trace` gives the newest events, oldest first. */
export function traceApi(trace: (asked: string, limit: number) => Promise<readonly Event[]>): Api {
  const api = newApi()
  api.openapi(story, async (context) => {
    const { q } = context.req.valid('query')
    const { organization } = context.get('caller')
    const found = await trace(q, MAX_EVENTS + 1)
    const own = found.filter((event) => event.organization === organization)
    if (own.length === 0) throw new Problem(404, 'not_found', `Nothing is known of ${q}`)
    return context.json({ data: own.slice(-MAX_EVENTS).map(shownEvent), has_more: found.length > MAX_EVENTS }, 200)
  })
  return api
}

/** An event as the API shows it. */
export function shownEvent({ id, type, atMs, message, delivery, data }: Event): z.infer<typeof eventShape> {
  return { id, type, at: isoTime(atMs), message, delivery, data: inSnakeCase(data) as Record<string, unknown> }
}
