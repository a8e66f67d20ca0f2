import { createRoute, type z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { ownerOf } from '../../infra/http/api/caller.ts'
import { json } from '../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../infra/http/api/page.ts'
import type { Alert } from './alert.ts'
import { KEPT_MS } from './limits.ts'
import { alertQuery, alertShape } from './shape.ts'
import { alertsOf } from './sql.ts'

const list = createRoute({
  method: 'get', path: '/alerts', summary: 'List what is wrong now, the newest first', middleware: needsScope('read'), request: { query: alertQuery },
  responses: { 200: json(pageOf(alertShape), 'Alerts') },
})

/** `/v1/alerts`: what `merpati alert` tells, of the caller's organization. */
export function alertApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  api.openapi(list, async (context) => {
    const nowMs = clock.nowMs()
    const sinceMs = context.req.valid('query').state === 'all' ? nowMs - KEPT_MS : nowMs
    return context.json(wholePage((await alertsOf(db, ownerOf(context.get('caller')), sinceMs)).map(shown)), 200)
  })
  return api
}

function shown({ rule, subject, severity, text, raisedMs, resolvedMs }: Alert): z.infer<typeof alertShape> {
  return { rule, subject, severity, text: text.en, raised_at: isoTime(raisedMs), resolved_at: isoTime(resolvedMs) }
}
