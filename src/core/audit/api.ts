import { createRoute, z } from '@hono/zod-openapi'
import { isoTime } from '../../base/iso-time.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { json } from '../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { meantOwner, platform } from '../../infra/http/api/whose.ts'
import type { AuditEntry } from './entry.ts'
import { auditFilter, auditShape } from './shape.ts'
import { auditEntries, auditEntry } from './sql.ts'

const list = createRoute({
  method: 'get', path: '/audit_log', summary: 'List administrative changes, newest first', middleware: needsScope('admin'), request: { query: pageQuery.extend(auditFilter.shape).extend({ platform }) },
  responses: { 200: json(pageOf(auditShape), 'A page of changes') },
})

const show = createRoute({
  method: 'get', path: '/audit_log/{id}', summary: 'Show an administrative change', middleware: needsScope('admin'), request: { params: z.object({ id: z.string().max(100) }), query: z.object({ platform }) },
  responses: { 200: json(auditShape, 'The change') },
})

/** What an operator is asked for. */
const WHAT = 'The log of what belongs to no organization'

/** `/v1/audit_log`: who changed what in the caller's organization, and for operators what is no organization's. There is no route that changes it. */
export function auditApi({ db }: { readonly db: Database }): Api {
  const api = newApi()
  api.openapi(list, async (context) => {
    const { limit, cursor, actor = '', action = '', object = '', since, until, platform: everybody } = context.req.valid('query')
    const organization = meantOwner(context.get('caller'), everybody, WHAT)
    const sinceMs = since === undefined ? 0 : Date.parse(since)
    const untilMs = until === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(until)
    const rows = await auditEntries(db, { organization, actor, action, object, sinceMs, untilMs, before: afterOf(cursor), limit: limit + 1 })
    return context.json(toPage(rows, limit, ({ id }) => id, shown), 200)
  })
  api.openapi(show, async (context) => {
    const { id } = context.req.valid('param')
    const found = await auditEntry(db, meantOwner(context.get('caller'), context.req.valid('query').platform, WHAT), id)
    if (found === null) throw new Problem(404, 'not_found', `There is no entry ${id}: they are kept as long as the organization has chosen`)
    return context.json(shown(found), 200)
  })
  return api
}

function shown({ id, atMs, actorKind, actor, action, object, asked, before, after, address, request, outcome }: AuditEntry): z.infer<typeof auditShape> {
  return { id, at: isoTime(atMs), actor: { kind: actorKind, id: actor }, action, object, asked, before, after, address, request_id: request, outcome }
}
