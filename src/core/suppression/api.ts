import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { type Caller, changerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { afterId, idPageQuery, pageOf, toPage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { meantOwner, platform } from '../../infra/http/api/whose.ts'
import { parseAddress } from '../../proto/mail/address.ts'
import { IMPORTED_AT_ONCE } from './limits.ts'
import { importedShape, importShape, newSuppressionShape, releasedShape, releaseShape, suppressionDoneShape, suppressionShape } from './shape.ts'
import { suppress, suppressionsAfter, suppressionsOf, unsuppress } from './sql.ts'
import { foldAddress, type Scope, type Suppression } from './suppression.ts'

const params = z.object({ email: z.string().max(320) })
const query = z.object({ platform })

const list = createRoute({
  method: 'get', path: '/suppressions', summary: 'List who is not written to, by address', middleware: needsScope('read'), request: { query: idPageQuery.extend({ platform }) },
  responses: { 200: json(pageOf(suppressionShape), 'A page of them') },
})

const show = createRoute({
  method: 'get', path: '/suppressions/{email}', summary: 'Tell why an address is not written to', middleware: needsScope('read'), request: { params, query },
  responses: { 200: json(suppressionShape.extend({ object: z.literal('suppression') }), 'The entry that stops most') },
})

const add = createRoute({
  method: 'post', path: '/suppressions', summary: 'Stop writing to an address', middleware: needsScope('admin'),
  request: { query, body: body(newSuppressionShape) },
  responses: { 200: json(suppressionDoneShape, 'It is not written to any more') },
})

const addMany = createRoute({
  method: 'post', path: '/suppressions/import', summary: 'Stop writing to many addresses', middleware: needsScope('admin'),
  request: { query, body: body(importShape) },
  responses: { 200: json(importedShape, 'They are not written to any more') },
})

const removeMany = createRoute({
  method: 'post', path: '/suppressions/remove', summary: 'Write to many addresses again', middleware: needsScope('admin'),
  request: { query, body: body(releaseShape) },
  responses: { 200: json(releasedShape, 'What became of each') },
})

const remove = createRoute({
  method: 'delete', path: '/suppressions/{email}', summary: 'Write to an address again', middleware: needsScope('admin'),
  request: { params, query: query.extend({ confirm: z.enum(['true']).optional().openapi({ description: 'Who has complained is removed only with it.' }) }) },
  responses: { 200: json(suppressionDoneShape, 'It may be written to again') },
})

/** `/v1/suppressions`: what `merpati suppression` does, for the list of the caller's organization, and for operators the one that holds for all. */
export function suppressionApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  const found = async (organization: ListOwner, address: string): Promise<readonly [Suppression, ...Suppression[]]> => {
    const [first, ...more] = await suppressionsOf(db, organization, address, clock.nowMs())
    if (first === undefined) throw new Problem(404, 'not_found', `${address} is not on the list`)
    return [first, ...more]
  }
  const released = async (organization: ListOwner, address: string, { confirmed }: { readonly confirmed: boolean }): Promise<Stays | null> => {
    const entries = await suppressionsOf(db, organization, address, clock.nowMs())
    if (entries.length === 0) return 'not_found'
    if (!confirmed && entries.some(({ category }) => category === 'complaint')) return 'confirm_needed'
    return (await db.write(unsuppress, { organization, address, nowMs: clock.nowMs() })) === 'locked' ? 'locked' : null
  }
  api.openapi(list, async (context) => {
    const { limit, platform: everybody, ...from } = context.req.valid('query')
    const rows = await suppressionsAfter(db, shownList(context.get('caller'), everybody), placeOf(afterId(from)), clock.nowMs())
    return context.json(toPage(rows, limit, ({ address, scope }) => `${address} ${scope}`, shown), 200)
  })
  api.openapi(show, async (context) => {
    const [first] = await found(shownList(context.get('caller'), context.req.valid('query').platform), context.req.valid('param').email)
    return context.json({ object: 'suppression' as const, ...shown(first) }, 200)
  })
  api.openapi(add, async (context) => {
    const organization = changedList(context.get('caller'), context.req.valid('query').platform)
    const { email, ...why } = context.req.valid('json')
    const parsed = parseAddress(email.trim())
    if (!parsed.ok) throw invalid([{ field: 'email', code: 'invalid_address', message: 'is no address' }])
    const address = foldAddress(parsed.value.text)
    await db.write(suppress, entryOf({ organization, address, ...why }, clock.nowMs()))
    return context.json({ object: 'suppression' as const, id: address }, 200)
  })
  api.openapi(addMany, async (context) => {
    const organization = changedList(context.get('caller'), context.req.valid('query').platform)
    const { emails, ...why } = context.req.valid('json')
    const parsed = emails.map((email) => ({ email, address: parseAddress(email.trim()) }))
    const addresses = [...new Set(parsed.flatMap(({ address }) => (address.ok ? [foldAddress(address.value.text)] : [])))]
    for (let from = 0; from < addresses.length; from += IMPORTED_AT_ONCE) {
      await Promise.all(addresses.slice(from, from + IMPORTED_AT_ONCE).map((address) => db.write(suppress, entryOf({ organization, address, ...why }, clock.nowMs()))))
    }
    return context.json({ object: 'suppression_import' as const, data: addresses.map((id) => ({ object: 'suppression' as const, id })), added: addresses.length, skipped: parsed.flatMap(({ email, address }) => (address.ok ? [] : [email])) }, 200)
  })
  api.openapi(remove, async (context) => {
    const organization = changedList(context.get('caller'), context.req.valid('query').platform)
    const { email } = context.req.valid('param')
    const code = await released(organization, email, { confirmed: context.req.valid('query').confirm !== undefined })
    if (code !== null) throw new Problem(code === 'not_found' ? 404 : 409, code, `${email} ${WHY_NOT[code]}`)
    return context.json({ object: 'suppression' as const, id: foldAddress(email), deleted: true }, 200)
  })
  api.openapi(removeMany, async (context) => {
    const organization = changedList(context.get('caller'), context.req.valid('query').platform)
    const { emails, confirm } = context.req.valid('json')
    const addresses = [...new Set(emails.map((email) => foldAddress(email.trim())))]
    const data: z.infer<typeof releasedShape>['data'] = []
    for (let from = 0; from < addresses.length; from += IMPORTED_AT_ONCE) {
      const some = addresses.slice(from, from + IMPORTED_AT_ONCE)
      const codes = await Promise.all(some.map((address) => released(organization, address, { confirmed: confirm === true })))
      data.push(...some.map((id, at) => ({ object: 'suppression' as const, id, deleted: codes[at] === null, code: codes[at] ?? null })))
    }
    return context.json({ data }, 200)
  })
  return api
}

/** Whose list it is: an organization's, or the one that holds for all. */
type ListOwner = Suppression['organization']

function shownList(caller: Caller, everybody: z.infer<typeof platform>): ListOwner {
  return meantOwner(caller, everybody, 'The list of the platform')
}

function changedList(caller: Caller, everybody: z.infer<typeof platform>): ListOwner {
  changerOf(caller)
  return shownList(caller, everybody)
}

/** Why somebody stays on the list, or was not there. */
type Stays = 'not_found' | 'confirm_needed' | 'locked'

const WHY_NOT: Readonly<Record<Stays, string>> = {
  not_found: 'is not on the list',
  confirm_needed: 'has complained of your mail: add ?confirm=true when they asked for it again',
  locked: 'was removed before and failed again: it stays until its time is over',
}

interface Wanted extends Pick<Suppression, 'organization' | 'address' | 'reason'> {
  readonly scope: string
  readonly expires_at?: string | undefined
}

function entryOf({ organization, address, scope, reason, expires_at: until }: Wanted, nowMs: number): Suppression {
  return { organization, address, scope: scope as Scope, category: 'manual', reason, delivery: null, createdMs: nowMs, expiresMs: until === undefined ? null : Date.parse(until), lockedMs: null }
}

/** Where a page begins, as the cursor tells it. */
function placeOf(key: string): Pick<Suppression, 'address' | 'scope'> | null {
  if (key === '') return null
  const space = key.lastIndexOf(' ')
  // An id is an address alone: after it are those that come after all of its scopes.
  return space === -1 ? { address: foldAddress(key), scope: '\u{10ffff}' as Scope } : { address: key.slice(0, space), scope: key.slice(space + 1) as Scope } // Compared as text, whatever it is.
}

const ORIGINS: Readonly<Record<string, 'complaint' | 'unsubscribe' | 'manual'>> = { complaint: 'complaint', unsubscribe: 'unsubscribe', manual: 'manual' }

function shown({ address, scope, category, reason, delivery, createdMs, expiresMs, lockedMs }: Suppression): z.infer<typeof suppressionShape> {
  const origin = Object.hasOwn(ORIGINS, category) ? (ORIGINS[category] ?? 'bounce') : 'bounce'
  return {
    ...{ id: address, email: address, scope, origin, category, reason, source_id: delivery, created_at: isoTime(createdMs) },
    ...{ expires_at: isoTime(expiresMs), locked_until: isoTime(lockedMs) },
  }
}
