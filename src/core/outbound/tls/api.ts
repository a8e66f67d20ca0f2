import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../../base/clock.ts'
import { OPERATOR } from '../../../base/operator.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { json } from '../../../infra/http/api/json.ts'
import { tlsResultsOf } from './sql-tls-result.ts'

/** Domains told of in one answer. */
const MAX_DOMAINS = 100

const resultShape = z
  .object({ domain: z.string(), policy: z.string(), result: z.string(), host: z.string(), address: z.string(), source: z.string(), sessions: z.number().int() })
  .openapi('TlsResult')

const route = createRoute({
  method: 'get', path: '/tls_results', summary: 'Tell how TLS with other servers went on a day, by domain, policy and result (RFC 8460)', middleware: needsScope(OPERATOR),
  request: {
    query: z.object({
      day: z.iso.date().optional().openapi({ description: 'In UTC; today when it is missing.' }),
      after: z.string().max(255).default('').openapi({ description: 'Domains after this one: `next_after` of the answer before.' }),
    }),
  },
  responses: { 200: json(z.object({ day: z.string(), data: z.array(resultShape), next_after: z.string().nullable() }), `The next ${MAX_DOMAINS} domains, in order`) },
})

/** `/v1/tls_results`: what `merpati lane tls` tells, for operators. */
export function tlsResultApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  api.openapi(route, async (context) => {
    const { day = new Date(clock.nowMs()).toISOString().slice(0, 10), after } = context.req.valid('query')
    const rows = await tlsResultsOf(db, { day, after, limit: MAX_DOMAINS })
    const data = rows.map(({ domain, policy, result, host, address, source, sessions }) => ({ domain, policy, result, host: host ?? '', address: address ?? '', source: source ?? '', sessions }))
    return context.json({ day, data, next_after: rows.at(-1)?.domain ?? null }, 200)
  })
  return api
}
