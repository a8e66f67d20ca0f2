import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../../base/clock.ts'
import { isoTime } from '../../../base/iso-time.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { changerOf } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import type { Account } from '../../account/account.ts'
import { accountParams, foundAccount } from '../../account/api.ts'
import { finding } from '../finding.ts'
import { contain, containmentOf, release } from './sql-containment.ts'
import { setBulk, usageOf } from './sql-usage.ts'

const time = z.iso.datetime()

const sendingShape = z
  .object({
    state: z.enum(['free', 'contained']),
    bulk: z.boolean().openapi({ description: 'It may send to many, as programs do.' }),
    messages_last_hour: z.number().int(),
    recipients_last_day: z.number().int(),
    containment: z
      .object({ at: time, by: z.string(), released_at: time.nullable(), passwords: z.enum(['void', 'valid']), score: z.number(), reasons: z.array(z.object({ rule: z.string(), evidence: z.string().nullable() })) })
      .nullable()
      .openapi({ description: 'The last one; null when it never was contained.' }),
  })
  .openapi('AccountSending')

const wishes = z
  .strictObject({ reason: z.string().max(500).regex(/^\P{Cc}*$/u, { error: 'want one line of text' }).optional(), keep_passwords: z.boolean().default(false) })
  .openapi('ContainWishes')

const releaseWishes = z.strictObject({ restore_passwords: z.boolean().default(false).openapi({ description: 'It was a mistake: the passwords it had are valid again.' }) }).openapi('ReleaseWishes')

const bulkWishes = z.strictObject({ allowed: z.boolean() }).openapi('BulkWishes')
const sending = json(sendingShape, 'What it has sent, and whether and why it is contained')

const show = createRoute({
  method: 'get', path: '/accounts/{id}/sending', summary: 'Show what an account has sent, and whether and why it is contained', middleware: needsScope('read'), request: { params: accountParams },
  responses: { 200: sending },
})

const stop = createRoute({
  method: 'post', path: '/accounts/{id}/contain', summary: 'Stop an account from sending; mail to it still arrives', middleware: needsScope('admin'), request: { params: accountParams, body: body(wishes) },
  responses: { 200: sending },
})

const free = createRoute({
  method: 'post', path: '/accounts/{id}/release', summary: 'Let a contained account send again, and its held mail go', middleware: needsScope('admin'), request: { params: accountParams, body: body(releaseWishes) },
  responses: { 200: sending },
})

const bulk = createRoute({
  method: 'put', path: '/accounts/{id}/bulk', summary: 'Say whether a program may send to many with this account', middleware: needsScope('admin'), request: { params: accountParams, body: body(bulkWishes) },
  responses: { 200: sending },
})

/** `/v1/accounts/{id}/sending`, `contain`, `release` and `bulk`: what `merpati account` does to one that somebody else seems to use. */
export function containmentApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  const shown = (account: Account): Promise<z.infer<typeof sendingShape>> => sendingOf(db, account, clock.nowMs())
  api.openapi(show, async (context) => context.json(await shown(await foundAccount(db, context.get('caller'), context.req.valid('param').id)), 200))
  api.openapi(stop, async (context) => {
    changerOf(context.get('caller'))
    const account = await foundAccount(db, context.get('caller'), context.req.valid('param').id)
    const { reason = null, keep_passwords: keeps } = context.req.valid('json')
    const done = await db.write(contain, { account: account.id, score: 0, reasons: [finding('SAID_SO', reason)], by: `key ${context.get('caller').key}`, passwords: keeps ? 'kept' : 'void', nowMs: clock.nowMs() })
    if (done !== 'contained') throw new Problem(409, 'contained', `${account.login} is contained already`)
    return context.json(await shown(account), 200)
  })
  api.openapi(free, async (context) => {
    changerOf(context.get('caller'))
    const account = await foundAccount(db, context.get('caller'), context.req.valid('param').id)
    const passwords = context.req.valid('json').restore_passwords ? 'restored' : 'stay'
    if ((await db.write(release, { account: account.id, by: `key ${context.get('caller').key}`, passwords, nowMs: clock.nowMs() })) === 'none') throw new Problem(409, 'not_contained', `${account.login} is not contained`)
    return context.json(await shown(account), 200)
  })
  api.openapi(bulk, async (context) => {
    changerOf(context.get('caller'))
    const account = await foundAccount(db, context.get('caller'), context.req.valid('param').id)
    await db.write(setBulk, { account: account.id, bulk: context.req.valid('json').allowed ? 'allowed' : 'forbidden', nowMs: clock.nowMs() })
    return context.json(await shown(account), 200)
  })
  return api
}

async function sendingOf(db: Database, { id, organization }: Account, nowMs: number): Promise<z.infer<typeof sendingShape>> {
  const usage = await usageOf(db, id, organization, nowMs)
  const found = await containmentOf(db, id)
  const sent = { bulk: usage?.isBulk ?? false, messages_last_hour: usage?.messages ?? 0, recipients_last_day: usage?.recipients ?? 0 }
  if (found === null) return { state: 'free', ...sent, containment: null }
  const { state, atMs, by, score, reasons, releasedMs, voidsPasswords } = found
  const containment = { at: isoTime(atMs), by, released_at: isoTime(releasedMs), passwords: voidsPasswords ? ('void' as const) : ('valid' as const), score, reasons: reasons.map(({ rule, evidence }) => ({ rule, evidence })) }
  return { state: state === 'contained' ? 'contained' : 'free', ...sent, containment }
}
