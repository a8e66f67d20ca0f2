import { createRoute, z } from '@hono/zod-openapi'
import { isoTime } from '../../../base/iso-time.ts'
import { type Api, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { type Caller, ownerOf } from '../../../infra/http/api/caller.ts'
import { json } from '../../../infra/http/api/json.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { shownEvent } from '../../event/api.ts'
import type { Event } from '../../event/event.ts'
import { storyShape } from '../../event/shape.ts'
import { sayGone, type Sent } from '../sent.ts'
import { sentById } from '../sql-sent.ts'
import { shownBytes, type ShownFrom } from './sql-shown.ts'

/** Events told at most: the newest. */
const MAX_EVENTS = 500

const params = z.object({ id: z.string().max(100) })
const middleware = needsScope('read')
const time = z.iso.datetime()

const transcriptShape = z
  .object({
    data: z.array(
      z.object({
        delivery: z.string(),
        recipient: z.string().nullable(),
        at: time,
        outcome: z.string().openapi({ example: 'delivered' }),
        removed_at: time.nullable().openapi({ description: 'When its lines were removed, because their time was over; null while they are there.' }),
        servers: z.array(
          z.object({
            host: z.string().nullable(),
            address: z.string().nullable(),
            took_ms: z.number().nullable(),
            lines: z.array(z.string()).openapi({ description: '`>` is what we said, `<` what they said, `#` a remark.' }),
          }),
        ),
      }),
    ),
  })
  .openapi('EmailTranscript')

const events = createRoute({
  method: 'get', path: '/emails/{id}/events', summary: 'Tell what happened to a message', middleware, request: { params },
  responses: { 200: json(storyShape, 'The newest 500 events, oldest first') },
})

const transcript = createRoute({
  method: 'get', path: '/emails/{id}/transcript', summary: 'Show what was said with other servers about a message', middleware, request: { params },
  responses: { 200: json(transcriptShape, 'Each try, oldest first') },
})

const raw = createRoute({
  method: 'get', path: '/emails/{id}/raw', summary: 'Fetch a message as it was taken, without the addresses by which its reader stops mail; until its bytes are removed: see /v1/retention', middleware, request: { params },
  responses: { 200: { description: 'The message', content: { 'message/rfc822': { schema: z.string() } } } },
})

/** What the routes are made of. */
export interface StoryApiOptions extends ShownFrom {
  /** The newest events in which a word stands, oldest first. */
  readonly trace: (asked: string, limit: number) => Promise<readonly Event[]>
}

/** What is known of one message that a program sent: its events, what was said, and its bytes. */
export function storyApi({ trace, ...from }: StoryApiOptions): Api {
  const api = newApi()
  const own = async (caller: Caller, id: string): Promise<Sent> => {
    const sent = await sentById(from.db, ownerOf(caller), id)
    if (sent === null) throw new Problem(404, 'not_found', `There is no message ${id}`)
    return sent
  }
  const story = async (caller: Caller, id: string): Promise<{ readonly told: readonly Event[]; readonly hasMore: boolean }> => {
    const sent = await own(caller, id)
    const found = await trace(sent.id, MAX_EVENTS + 1)
    const told = found.filter(({ organization, message }) => organization === caller.organization && message === sent.id)
    return { told: told.slice(-MAX_EVENTS), hasMore: found.length > MAX_EVENTS }
  }
  api.openapi(events, async (context) => {
    const { told, hasMore } = await story(context.get('caller'), context.req.valid('param').id)
    return context.json({ data: told.map(shownEvent), has_more: hasMore }, 200)
  })
  api.openapi(transcript, async (context) => {
    const { told } = await story(context.get('caller'), context.req.valid('param').id)
    return context.json({ data: told.flatMap(triesIn) }, 200)
  })
  api.openapi(raw, async (context) => {
    const sent = await own(context.get('caller'), context.req.valid('param').id)
    const bytes = await shownBytes(from, sent.id)
    if (bytes === null) throw new Problem(410, 'gone', sayGone(sent))
    return new Response(new Uint8Array(bytes), { status: 200, headers: { 'content-type': 'message/rfc822', 'content-disposition': 'attachment' } })
  })
  return api
}

type Tried = z.infer<typeof transcriptShape>['data'][number]

/** What an event tells of a try; reads whatever older versions wrote. */
function triesIn({ type, delivery, atMs, data }: Event): readonly Tried[] {
  const { tries, recipient, transcriptsRemovedMs: removedMs } = data as { readonly tries?: unknown; readonly recipient?: unknown; readonly transcriptsRemovedMs?: unknown }
  if (delivery === null || !Array.isArray(tries)) return []
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  const servers = (tries as readonly Readonly<Record<string, unknown>>[]).map(({ host, address, tookMs, transcript: lines }) => ({
    ...{ host: text(host), address: text(address), took_ms: typeof tookMs === 'number' ? tookMs : null },
    lines: Array.isArray(lines) ? lines.map(String) : [],
  }))
  return [{ delivery, recipient: text(recipient), at: isoTime(atMs), outcome: type.replace('delivery.', ''), removed_at: typeof removedMs === 'number' ? isoTime(removedMs) : null, servers }]
}
