import { createRoute, z } from '@hono/zod-openapi'
import type { OrganizationId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import { DAY_MS } from '../../../base/duration.ts'
import { makeId } from '../../../base/ids.ts'
import { isoTime } from '../../../base/iso-time.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { type Caller, changerOf, ownerOf } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { needsOperator, platform } from '../../../infra/http/api/whose.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { foundAccount } from '../../account/api.ts'
import { domainNamed } from '../../domain/sql.ts'
import { ENTRY_KINDS, type EntryList, type EntryOwner, type FilterEntry, KINDS_ON, readEntryValue } from './entry.ts'
import { MAX_COMMENT_CHARS, MAX_ENTRIES, STALE_AFTER_MS } from './limits.ts'
import { entriesAfter, putEntry, removeEntry } from './sql-entry.ts'

const time = z.iso.datetime()
const line = z.string().max(MAX_COMMENT_CHARS).regex(/^\P{Cc}*$/u, { error: 'want one line of text' })
const kind = z.enum(ENTRY_KINDS as [FilterEntry['kind'], ...FilterEntry['kind'][]])
const owner = {
  domain: z.string().max(255).optional().openapi({ description: 'The list of this domain.' }),
  account: z.string().max(320).optional().openapi({ description: 'The list of this account: its id, or its login.' }),
  platform,
}
const entryShape = z
  .object({
    owner: z.string().openapi({ description: 'A domain, the id of an account, or `platform`.' }),
    kind,
    value: z.string(),
    action: z.enum(['allow', 'reject', 'junk', 'discard', 'forward', 'trap']),
    comment: z.string(),
    author: z.string(),
    hits: z.number().int(),
    last_hit_at: time.nullable(),
    created_at: time,
    expires_at: time.nullable(),
    stale: z.boolean().openapi({ description: 'It decided nothing for 180 days.' }),
  })
  .openapi('FilterEntry')
const wishes = z
  .strictObject({
    kind,
    value: z.string().max(300).openapi({ description: 'A net, a domain, `*.domain` for all below it, or an address.' }),
    action: z.enum(['reject', 'junk', 'discard']).default('reject').openapi({ description: 'Of the deny list: what becomes of it.' }),
    comment: line.default(''),
    days: z.number().int().min(1).max(36_500).nullable().default(null),
  })
  .openapi('FilterEntryWishes')

const params = z.object({ list: z.enum(['allow', 'deny', 'forwarder', 'trap']).openapi({ description: '`forwarder`: who forwards mail here. `trap`: addresses that nobody uses.' }) })
const query = z.object(owner)

const list = createRoute({
  method: 'get', path: '/filter/{list}', summary: 'List who is always let in, or never', middleware: needsScope('read'), request: { params, query },
  responses: { 200: json(pageOf(entryShape), 'All entries of the organization, or of one owner') },
})

const put = createRoute({
  method: 'post', path: '/filter/{list}', summary: 'Put an entry on a list of a domain, an account or the platform', middleware: needsScope('admin'), request: { params, query, body: body(wishes) },
  responses: { 201: json(entryShape, 'The entry; one of the same kind and value is replaced') },
})

const remove = createRoute({
  method: 'delete', path: '/filter/{list}', summary: 'Take an entry off a list', middleware: needsScope('admin'), request: { params, query: query.extend({ kind, value: z.string().max(300) }) },
  responses: { 200: json(z.object({ value: z.string(), deleted: z.literal(true) }), 'It is off the list') },
})

/** Whose list is meant, and who owns that. */
export interface Place {
  readonly organization: OrganizationId | ''
  readonly owner: EntryOwner
}

type Asked = z.infer<typeof query>

/** `/v1/filter/allow`, `deny`, `forwarder` and `trap`: what `merpati filter` does, for the caller's organization. */
export function filterApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  api.openapi(list, async (context) => {
    const asked = context.req.valid('query')
    const place = isNobody(asked) ? null : await placeOf(db, context.get('caller'), asked)
    const found = await everyEntry(db, place?.organization ?? ownerOf(context.get('caller')), context.req.valid('param').list)
    const own = place === null ? found : found.filter((entry) => nameOf(entry.owner) === nameOf(place.owner) && entry.owner.kind === place.owner.kind)
    return context.json(wholePage(own.map((entry) => shown(entry, clock.nowMs()))), 200)
  })
  api.openapi(put, async (context) => {
    changerOf(context.get('caller'))
    const place = await placeOf(db, context.get('caller'), context.req.valid('query'))
    const { kind: what, value, action, comment, days } = context.req.valid('json')
    const nowMs = clock.nowMs()
    const { list: which } = context.req.valid('param')
    if (!KINDS_ON[which].includes(what)) throw invalid([{ field: 'kind', code: 'mismatch', message: `on this list must be ${KINDS_ON[which].join(' or ')}` }])
    const entry: FilterEntry = {
      ...{ id: makeId('f', nowMs), ...place, kind: what, value: read(what, value), action: ACTIONS[which] ?? action, comment, author: `key ${context.get('caller').key}` },
      ...{ createdMs: nowMs, expiresMs: days === null ? null : nowMs + days * DAY_MS, hits: 0, hitMs: null },
    }
    if ((await db.write(putEntry, entry)) === 'full') throw new Problem(422, 'too_many', `That list has ${MAX_ENTRIES} entries already`)
    return context.json(shown(entry, nowMs), 201)
  })
  api.openapi(remove, async (context) => {
    changerOf(context.get('caller'))
    const { kind: what, value, ...asked } = context.req.valid('query')
    const place = await placeOf(db, context.get('caller'), asked)
    const clean = read(what, value)
    if (!(await db.write(removeEntry, { ...place, kind: what, value: clean, list: context.req.valid('param').list }))) throw new Problem(404, 'not_found', `${what} ${clean} is not on that list`)
    return context.json({ value: clean, deleted: true as const }, 200)
  })
  return api
}

/** What entries of a list do; those of the deny list say it themselves. */
const ACTIONS: Readonly<Partial<Record<EntryList, FilterEntry['action']>>> = { allow: 'allow', forwarder: 'forward', trap: 'trap' }

async function everyEntry(db: Database, organization: OrganizationId | '', which: EntryList): Promise<readonly FilterEntry[]> {
  const all: FilterEntry[] = []
  for (let page = await entriesAfter(db, organization, which, null); page.length > 0 && all.length < MAX_ENTRIES; page = await entriesAfter(db, organization, which, all.at(-1) ?? null)) all.push(...page)
  return all
}

function isNobody(asked: Asked): boolean {
  return asked.domain === undefined && asked.account === undefined && asked.platform === undefined
}

/** Whose list is meant: of a domain, an account or, for operators, the platform. Throws a problem when not exactly one is named, and for what is not the caller's. */
export async function placeOf(db: Database, caller: Caller, { domain, account, platform: everybody }: Asked): Promise<Place> {
  if ([domain, account, everybody].filter((each) => each !== undefined).length !== 1) throw invalid([{ field: '', code: 'mismatch', message: 'say whose list: one of domain, account and platform' }])
  if (everybody !== undefined) {
    needsOperator(caller, 'The list of the platform')
    return { organization: '', owner: { kind: 'platform' } }
  }
  if (account !== undefined) {
    const found = await foundAccount(db, caller, account)
    return { organization: found.organization, owner: { kind: 'account', account: found.id } }
  }
  const name = parseDomain(domain ?? '')
  const hosted = name === null ? null : await domainNamed(db, name)
  if (hosted === null || hosted.organization !== ownerOf(caller)) throw new Problem(404, 'not_found', `There is no domain ${domain ?? ''}`)
  return { organization: hosted.organization, owner: { kind: 'domain', domain: hosted.name } }
}

function read(what: FilterEntry['kind'], text: string): string {
  const value = readEntryValue(what, text)
  if (!value.ok) throw invalid([{ field: 'value', code: 'invalid_value', message: value.error }])
  return value.value
}

function nameOf(of: EntryOwner): string {
  switch (of.kind) {
    case 'platform':
      return 'platform'
    case 'domain':
      return of.domain
    case 'account':
      return of.account
  }
}

function shown({ owner: of, kind: what, value, action, comment, author, hits, hitMs, createdMs, expiresMs }: FilterEntry, nowMs: number): z.infer<typeof entryShape> {
  const isStale = Math.max(createdMs, hitMs ?? 0) < nowMs - STALE_AFTER_MS
  return { owner: nameOf(of), kind: what, value, action, comment, author, hits, last_hit_at: isoTime(hitMs), created_at: isoTime(createdMs), expires_at: isoTime(expiresMs), stale: isStale }
}
