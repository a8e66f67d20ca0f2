import { createRoute, z } from '@hono/zod-openapi'
import type { MailboxId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { changerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { within } from '../access/api.ts'
import { DECEPTIVE } from '../access/identity.ts'
import { rightsOfRole } from '../access/role.ts'
import { accountParams, changeableAccount, foundAccount, shownAccount } from '../account/api.ts'
import { accountWishes } from '../account/manage/shape.ts'
import { accountShape } from '../account/shape.ts'
import type { Mailbox } from './mailbox.ts'
import { mailboxChange, mailboxShape, mailboxWishes } from './shape.ts'
import { destroyMailbox } from './sql-expunge.ts'
import { type AccountRefusal, newAccount } from './sql-new-account.ts'
import { removeAccount } from './sql-remove.ts'
import { createMailboxes, mailboxesOf, placeMailbox, type TreeOutcome, type TreeRefusal } from './sql-tree.ts'

const mailboxParams = accountParams.extend({ mailbox: z.string().max(100) })
const gone = json(z.object({ id: z.string(), deleted: z.literal(true) }), 'It is gone')

const create = createRoute({
  method: 'post', path: '/accounts', summary: 'Make an account that can log in and receive', middleware: needsScope('admin'), request: { body: body(accountWishes) },
  responses: { 201: json(accountShape, 'The account') },
})

const remove = createRoute({
  method: 'delete', path: '/accounts/{id}', summary: 'Remove an account with all its mail, for good', middleware: needsScope('admin'),
  request: { params: accountParams, query: z.object({ confirm: z.enum(['true']).optional().openapi({ description: 'An account with mail is removed only with it.' }) }) },
  responses: { 200: gone },
})

const list = createRoute({
  method: 'get', path: '/accounts/{id}/mailboxes', summary: 'List the mailboxes of an account', middleware: needsScope('read'), request: { params: accountParams },
  responses: { 200: json(pageOf(mailboxShape), 'Its mailboxes') },
})

const show = createRoute({
  method: 'get', path: '/accounts/{id}/mailboxes/{mailbox}', summary: 'Show a mailbox', middleware: needsScope('read'), request: { params: mailboxParams },
  responses: { 200: json(mailboxShape, 'The mailbox') },
})

const add = createRoute({
  method: 'post', path: '/accounts/{id}/mailboxes', summary: 'Make a mailbox', middleware: needsScope('admin'), request: { params: accountParams, body: body(mailboxWishes) },
  responses: { 201: json(mailboxShape, 'The mailbox') },
})

const place = createRoute({
  method: 'patch', path: '/accounts/{id}/mailboxes/{mailbox}', summary: 'Give a mailbox another name or place', middleware: needsScope('admin'),
  request: { params: mailboxParams, body: body(mailboxChange) },
  responses: { 200: json(mailboxShape, 'The mailbox as it is now') },
})

const destroy = createRoute({
  method: 'delete', path: '/accounts/{id}/mailboxes/{mailbox}', summary: 'Remove a mailbox with the mail in it', middleware: needsScope('admin'), request: { params: mailboxParams },
  responses: { 200: gone },
})

/** What the routes are made of. */
export interface MailboxApiOptions {
  readonly db: Database
  readonly clock: Clock
  /** What a new account may keep unless somebody says otherwise; null for no limit. */
  readonly quotaBytes: number | null
}

/** Accounts that begin and end, under `/v1/accounts`, and their mailboxes: what `merpati account` does, for the caller's organization. */
export function mailboxApi({ db, clock, quotaBytes: usualBytes }: MailboxApiOptions): Api {
  const api = newApi()
  api.openapi(create, async (context) => {
    const organization = changerOf(context.get('caller'))
    const { address, name = address, quota_bytes: quotaBytes = usualBytes, ...wishes } = context.req.valid('json')
    within(context.get('caller'), rightsOfRole(wishes.role, null))
    const made = await newAccount(db, { ...wishes, organization, address, name, quotaBytes, nowMs: clock.nowMs() })
    if (!made.ok) throw refusalOf(made.error, address)
    return context.json(shownAccount(await foundAccount(db, context.get('caller'), made.value)), 201)
  })
  api.openapi(remove, async (context) => {
    const { id, login, usedEmails } = await changeableAccount(db, context.get('caller'), context.req.valid('param').id)
    if (usedEmails > 0 && context.req.valid('query').confirm === undefined) throw new Problem(409, 'confirm_needed', `${login} has ${usedEmails} messages, which would be gone for good: add ?confirm=true`)
    for (let done = 'more'; done === 'more'; ) {
      done = await db.write(removeAccount, { account: id, nowMs: clock.nowMs() })
      if (done === 'last-owner') throw new Problem(409, 'last_owner', `${login} is the last owner: make somebody else one first`)
    }
    return context.json({ id, deleted: true as const }, 200)
  })
  addMailboxes(api, db, clock)
  return api
}

function addMailboxes(api: Api, db: Database, clock: Clock): void {
  api.openapi(list, async (context) => {
    const { id } = await foundAccount(db, context.get('caller'), context.req.valid('param').id)
    return context.json(wholePage((await mailboxesOf(db, id)).map(shown)), 200)
  })
  api.openapi(show, async (context) => {
    const { id, mailbox } = context.req.valid('param')
    const { id: account } = await foundAccount(db, context.get('caller'), id)
    return context.json(shown(await found(db, account, mailbox)), 200)
  })
  api.openapi(add, async (context) => {
    changerOf(context.get('caller'))
    const { id: account } = await foundAccount(db, context.get('caller'), context.req.valid('param').id)
    const { name, parent } = context.req.valid('json')
    if (parent !== null) await found(db, account, parent)
    const id = makeId('b', clock.nowMs()) as MailboxId
    done(await db.write(createMailboxes, { account, mailboxes: [{ id, parent: parent as MailboxId | null, name, role: null, subscribed: true }], nowMs: clock.nowMs() }))
    return context.json(shown(await found(db, account, id)), 201)
  })
  api.openapi(place, async (context) => {
    changerOf(context.get('caller'))
    const { id, mailbox } = context.req.valid('param')
    const { id: account } = await foundAccount(db, context.get('caller'), id)
    const before = await found(db, account, mailbox)
    const { name = before.name, parent = before.parent } = context.req.valid('json')
    if (parent !== null) await found(db, account, parent)
    done(await db.write(placeMailbox, { account, mailbox: before.id, parent: parent as MailboxId | null, name }))
    return context.json(shown(await found(db, account, mailbox)), 200)
  })
  api.openapi(destroy, async (context) => {
    changerOf(context.get('caller'))
    const { id, mailbox } = context.req.valid('param')
    const { id: account } = await foundAccount(db, context.get('caller'), id)
    done(await db.write(destroyMailbox, { account, mailbox: mailbox as MailboxId, nowMs: clock.nowMs() }))
    return context.json({ id: mailbox, deleted: true as const }, 200)
  })
}

async function found(db: Database, account: Mailbox['account'], id: string): Promise<Mailbox> {
  const mailbox = (await mailboxesOf(db, account)).find((each) => each.id === id)
  if (mailbox === undefined) throw new Problem(404, 'not_found', `There is no mailbox ${id}`)
  return mailbox
}

const REFUSALS: Readonly<Record<TreeRefusal, readonly [status: number, code: string, detail: string]>> = {
  exists: [409, 'exists', 'There is a mailbox of that name already'],
  'no-such-mailbox': [404, 'not_found', 'There is no such mailbox'],
  'has-children': [409, 'in_use', 'Other mailboxes hang below it: remove them first'],
  forbidden: [422, 'forbidden', 'The inbox stays where it is, and no mailbox hangs below itself'],
  limit: [422, 'too_many', 'The account has as many mailboxes as it may have'],
}

function done(outcome: TreeOutcome): void {
  if (outcome.kind === 'refused') throw new Problem(...REFUSALS[outcome.why])
}

function refusalOf(why: AccountRefusal, address: string): Problem {
  switch (why) {
    case 'no-address':
      return invalid([{ field: 'address', code: 'invalid_address', message: 'is no address of a domain' }])
    case 'deceptive':
      return invalid([{ field: 'address', code: 'deceptive', message: DECEPTIVE }])
    case 'no-domain':
      return invalid([{ field: 'address', code: 'unknown_domain', message: 'is at no domain of your organization: POST /v1/domains adds one' }])
    case 'taken':
      return new Problem(409, 'exists', `${address} is taken`)
    case 'over-plan':
      return new Problem(422, 'over_plan', 'The plan of the organization allows no more accounts')
    case 'over-storage':
      return new Problem(422, 'over_plan', 'The plan of the organization has too little storage left for that quota: say a smaller quota_bytes')
    case 'bad-password':
      return invalid([{ field: 'password', code: 'forbidden', message: 'has characters that cannot be typed everywhere' }])
  }
}

function shown({ id, name, parent, role, total, unseen, sizeBytes }: Mailbox): z.infer<typeof mailboxShape> {
  return { id, name, parent, role, total, unseen, size_bytes: sizeBytes }
}
