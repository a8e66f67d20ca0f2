import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { changerOf, ownerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../infra/http/api/page.ts'
import { consentOf, shownConsent } from './ask.ts'
import { consentShape, newConsentShape } from './shape.ts'
import { consentsAfter, recordConsent } from './sql.ts'

const list = createRoute({
  method: 'get', path: '/consents', summary: 'List who agreed to get mail, in the order of the records', middleware: needsScope('read'),
  request: { query: pageQuery.extend({ email: z.string().max(320).optional().openapi({ description: 'Of this address only.' }) }) },
  responses: { 200: json(pageOf(consentShape).extend({ object: z.literal('list') }), 'A page of them') },
})

const add = createRoute({
  method: 'post', path: '/consents', summary: 'Write down that somebody agreed to get mail', middleware: needsScope('send'), request: { body: body(newConsentShape) },
  responses: { 201: json(consentShape, 'The record') },
})

/** `/v1/consents`: what `merpati consent` does, for the organization of the caller. */
export function consentApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  api.openapi(list, async (context) => {
    const { limit, cursor, email = null } = context.req.valid('query')
    const rows = await consentsAfter(db, { organization: ownerOf(context.get('caller')), address: email, after: afterOf(cursor), limit: limit + 1 })
    return context.json({ object: 'list' as const, ...toPage(rows, limit, ({ id }) => id, shownConsent) }, 200)
  })
  api.openapi(add, async (context) => {
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const asked = context.req.valid('json')
    if (caller.streams !== null && !caller.streams.includes(asked.stream)) throw invalid([{ field: 'stream', code: 'not_allowed', message: `this key sends in ${caller.streams.join(', ')} only` }])
    const consent = consentOf(asked, organization, clock.nowMs())
    if (!consent.ok) throw invalid([consent.error])
    return context.json(shownConsent(await db.write(recordConsent, consent.value)), 201)
  })
  return api
}
