import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { changerOf, ownerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { shownStream } from '../organization/stream/shown.ts'
import { streamShape } from '../organization/stream/shape.ts'
import { streamsOf } from '../organization/stream/sql.ts'
import { resumedShape, resumeShape, standingShape } from './shape.ts'
import { resumeStream, standingsOf } from './sql.ts'
import { readStandingName, type Standing, standingName } from './standing.ts'
import { sayFinding } from './words.ts'

const list = createRoute({
  method: 'get', path: '/streams', summary: 'Tell which streams there are, and how mail of each stands with each provider', middleware: needsScope('read'),
  responses: { 200: json(pageOf(standingShape).extend({ streams: z.array(streamShape).openapi({ description: 'Those that readers know by name.' }) }), 'How those stand of which something was ever to be said (all others are good), and what readers know them by') },
})

const resume = createRoute({
  method: 'post', path: '/streams/{id}/resume', summary: 'Let a stream go on that was slowed down or paused', middleware: needsScope('admin'),
  request: { params: z.object({ id: z.string().max(300).openapi({ example: 'broadcast:yahoo' }) }), body: body(resumeShape) },
  responses: { 200: json(resumedShape, 'It goes on; what was sent before does not count against it any more') },
})

/** `/v1/streams`: what `merpati stream` does, for the caller's organization. */
export function standingApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  api.openapi(list, async (context) => {
    const organization = ownerOf(context.get('caller'))
    const [standings, streams] = await Promise.all([standingsOf(db, organization), streamsOf(db, organization)])
    return context.json({ ...wholePage(standings.map(shown)), streams: streams.map(shownStream) }, 200)
  })
  api.openapi(resume, async (context) => {
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const { id } = context.req.valid('param')
    const key = readStandingName(id)
    const { cause } = context.req.valid('json')
    const done = key === null ? 'none' : await db.write(resumeStream, { key: { organization, ...key }, by: caller.actor.id, cause, nowMs: clock.nowMs() })
    if (done === 'none') throw new Problem(404, 'not_found', `Nothing slows down or stops ${id}: GET /v1/streams lists what is`)
    return context.json({ id, level: 'good' as const }, 200)
  })
  return api
}

function shown(standing: Standing): z.infer<typeof standingShape> {
  const { stream, provider, level, sinceMs, finding } = standing
  return { id: standingName(standing), stream, provider, level, since: isoTime(sinceMs), reason: finding === null ? null : { ...reasonOf(finding), text: sayFinding(finding).en } }
}

function reasonOf({ metric, window, part, whole, limit }: NonNullable<Standing['finding']>): Omit<NonNullable<z.infer<typeof standingShape>['reason']>, 'text'> {
  return { metric, window, part, whole, share: Math.round((part / whole) * 1e6) / 1e6, limit }
}
