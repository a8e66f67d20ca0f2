import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { changerOf, ownerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import type { Account } from '../account/account.ts'
import { changeableAccount } from '../account/api.ts'
import { accountByLogin } from '../account/sql.ts'
import { newErasure, subjectOf } from './ask.ts'
import type { Erasure } from './erasure.ts'
import { MAX_EXPORTED } from './limits.ts'
import { eraseShape, erasureShape, subjectShape } from './shape.ts'
import { eraseAccount } from './sql-erase-account.ts'
import { type AskArgs, askErasure, erasureById } from './sql-erasure.ts'
import { heldAbout } from './sql-export.ts'

const exportRoute = createRoute({
  method: 'post', path: '/subjects/export', summary: 'Give out everything that is held about an address', middleware: needsScope('admin'), request: { body: body(subjectShape) },
  responses: { 200: { description: 'A line of JSON for each thing: the table that it lies in, and its row', content: { 'application/x-ndjson': { schema: z.string() } } } },
})

const erase = createRoute({
  method: 'post', path: '/subjects/erase', summary: 'Erase what is held about an address', middleware: needsScope('admin'), request: { body: body(eraseShape) },
  responses: { 202: json(erasureShape, 'It is being done, and goes on after a restart') },
})

const show = createRoute({
  method: 'get', path: '/subjects/erasures/{id}', summary: 'Tell how far an erasure is', middleware: needsScope('admin'), request: { params: z.object({ id: z.string().max(100) }) },
  responses: { 200: json(erasureShape, 'The erasure') },
})

/** `/v1/subjects`: what `merpati subject` does, for the organization of the caller. */
export function subjectApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  const addressOf = async (email: string, accounts: 'refused' | 'allowed'): Promise<string> => {
    const subject = await subjectOf(email, async (login) => accounts === 'refused' && (await accountByLogin(db, login)) !== null)
    if (subject.ok) return subject.value
    if (subject.error === 'no-address') throw invalid([{ field: 'email', code: 'invalid_address', message: 'is no address' }])
    throw new Problem(409, 'is_account', `${email} is an account here: "account": "remove" removes it with all its mail`)
  }
  const removed = async ({ id: account, login }: Account, ask: AskArgs): Promise<string> => {
    for (;;) {
      const done = await db.write(eraseAccount, { account, ask })
      if (done.kind === 'removed') return done.erasure
      if (done.kind !== 'more') throw new Problem(...REFUSALS[done.kind](login))
    }
  }
  api.openapi(exportRoute, async (context) => {
    const organization = ownerOf(context.get('caller'))
    const address = await addressOf(context.req.valid('json').email, 'allowed')
    const lines: string[] = []
    for await (const held of heldAbout(db, organization, address)) {
      if (lines.push(JSON.stringify(held)) > MAX_EXPORTED) throw new Problem(413, 'too_large', `There are more than ${MAX_EXPORTED} rows: "merpati subject export" gives out all of them`)
    }
    // The framework's types know JSON and plain text alone.
    return context.body(lines.map((line) => `${line}\n`).join(''), 200, { 'content-type': 'application/x-ndjson' }) as never
  })
  api.openapi(erase, async (context) => {
    const caller = context.get('caller')
    const organization = changerOf(caller)
    const { email, account } = context.req.valid('json')
    const address = await addressOf(email, account === 'remove' ? 'allowed' : 'refused')
    const nowMs = clock.nowMs()
    const { auditId, ...fresh } = newErasure(nowMs)
    const audit = { id: auditId, actorKind: caller.actor.kind, actor: caller.actor.id, action: 'POST /v1/subjects/erase' }
    const ask = { organization, ...fresh, address, audit, nowMs }
    const isAccount = account === 'remove' && (await accountByLogin(db, address)) !== null
    const id = isAccount ? await removed(await changeableAccount(db, caller, address), ask) : await db.write(askErasure, ask)
    const erasure = await erasureById(db, organization, id)
    if (erasure === null) throw new Error(`erasure ${id} is gone`)
    return context.json(shown(erasure), 202)
  })
  api.openapi(show, async (context) => {
    const { id } = context.req.valid('param')
    const erasure = await erasureById(db, ownerOf(context.get('caller')), id)
    if (erasure === null) throw new Problem(404, 'not_found', `There is no erasure ${id}`)
    return context.json(shown(erasure), 200)
  })
  return api
}

const REFUSALS = {
  none: (login: string) => [404, 'not_found', `There is no account ${login}`],
  'last-owner': (login: string) => [409, 'last_owner', `${login} is the last owner: make somebody else one first`],
  'under-way': (login: string) => [409, 'under_way', `What is held about ${login} is being erased: try again when that is done`],
} as const satisfies Readonly<Record<string, (login: string) => readonly [status: number, code: string, detail: string]>>

function shown({ id, state, changed, waiting, hash, createdMs, doneMs }: Erasure): z.infer<typeof erasureShape> {
  return { object: 'erasure', id, state, changed, waiting, hash, created_at: isoTime(createdMs), done_at: isoTime(doneMs) }
}
