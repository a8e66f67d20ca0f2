import { createRoute, z } from '@hono/zod-openapi'
import { isoTime } from '../../base/iso-time.ts'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { json } from '../../infra/http/api/json.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import type { Event } from '../event/event.ts'
import { explain, toldIn } from './explain.ts'
import { ALL_RULES } from './table/all.ts'

/** Events looked at, and messages explained, for one word that is asked for: the newest. */
const MAX_EVENTS = 200
const MAX_MESSAGES = 20

const time = z.iso.datetime()
const explanationShape = z
  .object({
    message: z.string().nullable(),
    at: time,
    from: z.string().nullable(),
    reply: z.string().nullable(),
    verdict: z.enum(['accept', 'junk', 'hold', 'defer', 'reject']),
    summary: z.string(),
    by: z.string(),
    decided: z.string(),
    score: z.number(),
    checks: z.array(z.object({ check: z.string(), result: z.string(), detail: z.string().nullable(), about: z.string() })),
    reasons: z.array(z.object({ rule: z.string(), score: z.number(), evidence: z.string().nullable(), about: z.string(), mend: z.string().nullable() })).openapi({ description: 'Heaviest first; `mend`: what would have to change.' }),
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
    const data = own.flatMap((event) => explained(event, locale))
    if (data.length === 0) throw new Problem(404, 'not_found', `No decision on a message is known by ${q}`)
    return context.json({ data: data.slice(-MAX_MESSAGES) }, 200)
  })
  return api
}

function explained({ message, atMs, data }: Event, locale: 'en' | 'id'): readonly z.infer<typeof explanationShape>[] {
  const told = toldIn(data)
  if (told === null) return []
  const { from, reply } = data as { readonly from?: unknown; readonly reply?: unknown }
  const { checks, reasons, ...rest } = explain(told, ALL_RULES, locale)
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  return [{ message, at: isoTime(atMs), from: text(from), reply: text(reply), ...rest, checks: [...checks], reasons: [...reasons] }]
}
