import { createRoute, z } from '@hono/zod-openapi'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { json } from '../../../infra/http/api/json.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { type SegmentReader, storedBytes } from '../../mailbox/body.ts'
import { storedMessage } from '../../queue/sql-message.ts'
import { trackedMessage } from '../../track/sql.ts'
import { MAX_ADDRESSES } from '../limits.ts'
import { readNamedAddress } from '../named-address.ts'
import { sayGone } from '../sent.ts'
import { takenShape } from '../shape.ts'
import { idempotency, ownSent, readAsOne, type TakeOptions, takeRequest } from '../take/api.ts'
import { prepareAgain, type Stored } from './prepare-again.ts'

const wishes = z
  .strictObject({ to: z.array(z.string().max(1_000)).min(1).max(3 * MAX_ADDRESSES).optional().openapi({ description: 'Only to these of its recipients; to all of them when it is missing.' }) })
  .openapi('EmailResend')

const again = createRoute({
  method: 'post', path: '/emails/{id}/resend', summary: 'Send a message once more, as a new one, as long as its bytes are kept', middleware: needsScope('send', { domains: 'obeyed' }),
  request: { params: z.object({ id: z.string().max(100) }), headers: idempotency, body: { required: false, content: { 'application/json': { schema: wishes } } } },
  responses: { 202: json(takenShape, 'The new message was taken') },
})

/** What the route is made of. */
export interface AgainApiOptions extends TakeOptions {
  readonly segments: SegmentReader
}

/** `POST /v1/emails/{id}/resend`. What is asked of a new message is asked of this one: whom it may write as, who is not written to, plan, caps and content. */
export function againApi(options: AgainApiOptions): Api {
  const api = newApi()
  api.openapi(again, async (context) => {
    const { req } = context
    const caller = context.get('caller')
    const sent = await ownSent(options.db, caller, req.valid('param').id)
    const { to } = wishes.parse(req.valid('json') ?? {})
    const asked = { path: req.path, caller, header: (name: string) => req.header(name), large: async () => new Uint8Array(await req.arrayBuffer()) }
    const answer = await takeRequest(options, asked, async (sender) => {
      const trackOrigin = await options.linkOriginOf(readNamedAddress(sent.head.from)?.address.domain ?? null)
      const prepared = await prepareAgain({ ...options, trackOrigin }, sender, await storedOf(options, sent), to ?? null, options.clock.nowMs())
      if (!prepared.ok) throw invalid(prepared.error)
      return readAsOne(prepared.value)
    })
    return new Response(String(answer.body), { status: answer.status, headers: { ...answer.headers } }) as never // The framework's types know no answer that is ready.
  })
  return api
}

async function storedOf({ db, segments }: { readonly db: Database; readonly segments: SegmentReader }, sent: Stored['sent']): Promise<Stored> {
  const stored = await storedMessage(db, sent.id)
  if (stored === null) throw new Problem(410, 'gone', `${sayGone(sent)}. Send it anew with POST /v1/emails`)
  return { sent, bytes: await storedBytes(stored.location, segments, stored.sizeBytes), tracked: await trackedMessage(db, sent.id) }
}
