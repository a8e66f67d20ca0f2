import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../../base/clock.ts'
import { OPERATOR } from '../../../base/operator.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { json } from '../../../infra/http/api/json.ts'
import { afterOf, cursorOf, pageOf, pageQuery } from '../../../infra/http/api/page.ts'
import { tlsResultsOf } from './sql-tls-result.ts'

const resultShape = z
  .object({ domain: z.string(), policy: z.string(), result: z.string(), host: z.string(), address: z.string(), source: z.string(), sessions: z.number().int() })
  .openapi('TlsResult')

const route = createRoute({
  method: 'get', path: '/tls_results', summary: 'Tell how TLS with other servers went on a day, by domain, policy and result (RFC 8460)', middleware: needsScope(OPERATOR),
  request: {
    query: pageQuery.extend({
      limit: pageQuery.shape.limit.openapi({ description: 'How many domains at most.' }),
      day: z.iso.date().optional().openapi({ description: 'In UTC; today when it is missing.' }),
    }),
  },
  responses: { 200: json(pageOf(resultShape).extend({ day: z.string() }), 'A page of domains, in order; each may have several lines') },
})

/** `/v1/tls_results`: what `merpati lane tls` tells, for operators. */
export function tlsResultApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  api.openapi(route, async (context) => {
    const { day = new Date(clock.nowMs()).toISOString().slice(0, 10), limit, cursor } = context.req.valid('query')
    const rows = await tlsResultsOf(db, { day, after: afterOf(cursor), limit: limit + 1 })
    const domains = [...new Set(rows.map(({ domain }) => domain))].slice(0, limit)
    const hasMore = rows.some(({ domain }) => !domains.includes(domain))
    const data = rows.filter(({ domain }) => domains.includes(domain)).map(({ domain, policy, result, host, address, source, sessions }) => ({ domain, policy, result, host: host ?? '', address: address ?? '', source: source ?? '', sessions }))
    return context.json({ object: 'list' as const, day, data, next_cursor: hasMore ? cursorOf(domains.at(-1) ?? '') : null, has_more: hasMore }, 200)
  })
  return api
}
