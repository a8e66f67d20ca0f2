import { createRoute, z } from '@hono/zod-openapi'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { json } from '../../infra/http/api/json.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import type { Event } from '../event/event.ts'
import { explainEvent } from './explain-event.ts'

/** Events looked at, and messages explained, for one word that is asked for: the newest. */
const MAX_EVENTS = 200
const MAX_MESSAGES = 20

const time = z.iso.datetime()
const fate = z.enum(['accept', 'junk', 'hold', 'discard', 'full', 'gone', 'defer', 'reject'])
const explanationShape = z
  .object({
    message: z.string().nullable(),
    at: time,
    from: z.string().nullable(),
    to: z.array(z.string()),
    client: z.string().nullable().openapi({ description: 'The address of whoever brought it.' }),
    helo: z.string().nullable().openapi({ description: 'What the client called itself.' }),
    reply: z.string().nullable(),
    verdict: fate,
    summary: z.string(),
    by: z.string(),
    decided: z.string(),
    score: z.number(),
    thresholds: z.object({ tag: z.number(), junk: z.number(), reject: z.number() }).openapi({ description: 'The scores from which on a message was marked, went to Junk and was refused.' }),
    checks: z.array(z.object({ check: z.string(), result: z.string(), detail: z.string().nullable(), about: z.string() })),
    reasons: z.array(z.object({ rule: z.string(), score: z.number(), evidence: z.string().nullable(), about: z.string(), mend: z.string().nullable() })).openapi({ description: 'Heaviest first; `mend`: what would have to change.' }),
    copies: z.array(z.object({ address: z.string(), fate, score: z.number(), about: z.string() })).openapi({ description: 'What became of each copy, where it is not the same for all of them.' }),
    next: z.array(z.string()).openapi({ description: 'What whoever receives can do, with commands to paste.' }),
  })
  .openapi('Explanation')

const route = createRoute({
  method: 'get', path: '/explain', summary: 'Explain why messages were taken, put into Junk, put off or refused', middleware: needsScope('read'),
  request: {
    query: z.object({
      q: z.string().min(1).max(1_000).openapi({ description: 'An id that stands in a reply, an address, or a Message-ID.' }),
      locale: z.enum(['en', 'id']).default('en'),
    }),
  },
  responses: { 200: json(z.object({ data: z.array(explanationShape) }), 'The newest 20, oldest first') },
})

/** `/v1/explain`: what `merpati explain` tells, as far as the caller's organization is concerned. `trace` gives the newest events, oldest first. */
export function explainApi(trace: (asked: string, limit: number) => Promise<readonly Event[]>): Api {
  const api = newApi()
  api.openapi(route, async (context) => {
    const { q, locale } = context.req.valid('query')
    const { organization } = context.get('caller')
    const own = (await trace(q, MAX_EVENTS)).filter((event) => event.organization === organization && event.type.startsWith('mail.'))
    const data = own.flatMap((event) => {
      const each = explainEvent(event, locale)
      return each === null ? [] : [{ ...each, to: [...each.to], checks: [...each.checks], reasons: [...each.reasons], copies: [...each.copies], next: [...each.next] }]
    })
    if (data.length === 0) throw new Problem(404, 'not_found', `No decision on a message is known by ${q}`)
    return context.json({ data: data.slice(-MAX_MESSAGES) }, 200)
  })
  return api
}
