import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { type Caller, changerOf, ownerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { coversStream } from '../organization/stream/name.ts'
import { consentAddress, consentOf, shownConsent } from './ask.ts'
import { consentShape, newConsentShape, withdrawalShape, withdrawnShape } from './shape.ts'
import { consentById, consentsAfter, recordConsent, withdraw } from './sql.ts'

const list = createRoute({
  method: 'get', path: '/consents', summary: 'List who agreed to get mail, in the order of the records', middleware: needsScope('read'),
  request: { query: pageQuery.extend({ email: z.string().max(320).optional().openapi({ description: 'Of this address only.' }) }) },
  responses: { 200: json(pageOf(consentShape), 'A page of them') },
})

const show = createRoute({
  method: 'get', path: '/consents/{id}', summary: 'Show who agreed to what, when and in which words', middleware: needsScope('read'), request: { params: z.object({ id: z.string().max(100) }) },
  responses: { 200: json(consentShape, 'The record') },
})

const add = createRoute({
  method: 'post', path: '/consents', summary: 'Write down that somebody agreed to get mail', middleware: needsScope('send'), request: { body: body(newConsentShape) },
  responses: { 201: json(consentShape, 'The record') },
})

const end = createRoute({
  method: 'post', path: '/consents/withdraw', summary: 'End what an address agreed to, and stop what goes to many', middleware: needsScope('send'), request: { body: body(withdrawalShape) },
  responses: { 200: json(withdrawnShape, 'Nothing that goes to many is sent to it any more') },
})

/** `/v1/consents`: what `merpati consent` does, for the organization of the caller. */
export function consentApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  api.openapi(list, async (context) => {
    const { limit, cursor, email = null } = context.req.valid('query')
    const rows = await consentsAfter(db, { organization: ownerOf(context.get('caller')), address: email, after: afterOf(cursor), limit: limit + 1 })
    return context.json(toPage(rows, limit, ({ id }) => id, shownConsent), 200)
  })
  api.openapi(show, async (context) => {
    const { id } = context.req.valid('param')
    const found = await consentById(db, ownerOf(context.get('caller')), id)
    if (found === null) throw new Problem(404, 'not_found', `There is no record ${id}`)
    return context.json(shownConsent(found), 200)
  })
  api.openapi(add, async (context) => {
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const asked = context.req.valid('json')
    inStream(caller, asked.stream, 'stream')
    const consent = consentOf(asked, organization, clock.nowMs())
    if (!consent.ok) throw invalid([consent.error])
    return context.json(shownConsent(await db.write(recordConsent, consent.value)), 201)
  })
  api.openapi(end, async (context) => {
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const { email, reason } = context.req.valid('json')
    inStream(caller, 'broadcast', 'email')
    const address = consentAddress(email)
    if (!address.ok) throw invalid([address.error])
    const ended = await db.write(withdraw, { organization, address: address.value, reason, nowMs: clock.nowMs() })
    return context.json({ object: 'consent_withdrawal' as const, email: address.value, ended }, 200)
  })
  return api
}

/** Refuses what is about a stream that the caller may not send in. */
function inStream({ streams }: Caller, stream: string, field: string): void {
  if (!coversStream(streams, stream)) throw invalid([{ field, code: 'not_allowed', message: `this key sends in ${(streams ?? []).join(', ')} only` }])
}
