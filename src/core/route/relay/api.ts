import { createRoute, z } from '@hono/zod-openapi'
import type { Domain } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import { DAY_MS } from '../../../base/duration.ts'
import { OPERATOR } from '../../../base/operator.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { changerOf } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { foldLocal, parseAddress } from '../../../proto/mail/address.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { organizationMeant } from '../../organization/api.ts'
import { MAX_RELAY_RECIPIENTS_AT_ONCE } from '../limits.ts'
import type { RelayDomain } from '../relay-domain.ts'
import { changeRelayRecipients, putRelayDomain, relayDomainNamed, relayDomainsAfter, relayRecipientsAfter, removeRelayDomain } from '../sql-relay.ts'

const how = z.enum(['list', 'callout', 'any']).openapi({ description: 'Who is taken mail for: those you name, whom its own server takes mail for, or anybody.' })
const hosts = z.array(z.string().max(300).regex(/^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, { error: 'want host:port' })).max(20).openapi({ description: 'Its servers, best first; empty for those of its MX records that are better than this one.' })
const networks = z.array(z.union([z.cidrv4(), z.cidrv6()])).max(50).openapi({ description: 'Networks from which its servers may ask for what waits (ETRN).' })
const relayShape = z.object({ name: z.string(), organization: z.string(), hosts, etrn_from: networks, recipients: how, spool_days: z.number() }).openapi('RelayDomain')
const wishes = z
  .strictObject({
    organization: z.string().max(100).optional().openapi({ description: 'The id of its owner; the key’s own organization when it is missing.' }),
    hosts: hosts.default([]),
    etrn_from: networks.default([]),
    recipients: how.default('callout'),
    spool_days: z.number().int().min(1).max(30).default(7),
  })
  .openapi('RelayDomainWishes')
const some = z.strictObject({ addresses: z.array(z.string().max(320)).min(1).max(MAX_RELAY_RECIPIENTS_AT_ONCE) }).openapi('RelayRecipients')

const params = z.object({ name: z.string().max(255) })
const middleware = needsScope(OPERATOR)
const changed = json(z.object({ domain: z.string(), changed: z.number().int() }), 'How many were not so before')

const list = createRoute({
  method: 'get', path: '/relay_domains', summary: 'List the domains whose mail is kept for their own servers, by name', middleware, request: { query: pageQuery },
  responses: { 200: json(pageOf(relayShape), 'A page of them') },
})

const show = createRoute({
  method: 'get', path: '/relay_domains/{name}', summary: 'Show a domain that mail is kept for', middleware, request: { params },
  responses: { 200: json(relayShape, 'The domain') },
})

const put = createRoute({
  method: 'put', path: '/relay_domains/{name}', summary: 'Keep mail for a domain, or change how; its MX records must name this server too', middleware, request: { params, body: body(wishes) },
  responses: { 200: json(relayShape, 'The domain') },
})

const remove = createRoute({
  method: 'delete', path: '/relay_domains/{name}', summary: 'Take no more mail for a domain; what waits is still handed over', middleware, request: { params },
  responses: { 200: json(z.object({ name: z.string(), deleted: z.literal(true) }), 'It is gone') },
})

const recipients = createRoute({
  method: 'get', path: '/relay_domains/{name}/recipients', summary: 'List the recipients of a domain whose `recipients` is `list`', middleware, request: { params, query: pageQuery },
  responses: { 200: json(pageOf(z.string()), 'A page of addresses') },
})

const add = createRoute({
  method: 'post', path: '/relay_domains/{name}/recipients', summary: 'Take mail for addresses', middleware, request: { params, body: body(some) },
  responses: { 200: changed },
})

const drop = createRoute({
  method: 'post', path: '/relay_domains/{name}/recipients/remove', summary: 'Take no more mail for addresses', middleware, request: { params, body: body(some) },
  responses: { 200: changed },
})

/** `/v1/relay_domains`: what `merpati relay-domain` does, for operators. */
export function relayApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  api.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query')
    const rows = await relayDomainsAfter(db, afterOf(cursor))
    return context.json(toPage(rows.slice(0, limit + 1), limit, ({ name }) => name, shown), 200)
  })
  api.openapi(show, async (context) => context.json(shown(await found(db, context.req.valid('param').name)), 200))
  api.openapi(put, async (context) => {
    const own = changerOf(context.get('caller'))
    const name = nameOf(context.req.valid('param').name)
    const { organization: asked = own, hosts: servers, etrn_from: etrnFrom, recipients: who, spool_days: days } = context.req.valid('json')
    const owner = await organizationMeant(db, asked)
    const made = await db.write(putRelayDomain, { name, organization: owner.id, hosts: servers, etrnFrom, recipients: who, spoolMs: days * DAY_MS, nowMs: clock.nowMs() })
    if (!made.ok) throw new Problem(409, 'exists', `${name} is received for here: remove the domain first`)
    return context.json(shown(await found(db, name)), 200)
  })
  api.openapi(remove, async (context) => {
    changerOf(context.get('caller'))
    const { name } = await found(db, context.req.valid('param').name)
    await db.write(removeRelayDomain, { name })
    return context.json({ name, deleted: true as const }, 200)
  })
  api.openapi(recipients, async (context) => {
    const { limit, cursor } = context.req.valid('query')
    const { name } = await found(db, context.req.valid('param').name)
    const rows = await relayRecipientsAfter(db, name, afterOf(cursor))
    return context.json(toPage(rows.slice(0, limit + 1), limit, (local) => local, (local) => `${local}@${name}`), 200)
  })
  for (const [route, what] of [[add, 'add'], [drop, 'remove']] as const) {
    api.openapi(route, async (context) => {
      changerOf(context.get('caller'))
      const { name } = await found(db, context.req.valid('param').name)
      const locals = localsOf(context.req.valid('json').addresses, name)
      return context.json({ domain: name, changed: await db.write(changeRelayRecipients, { domain: name, locals, how: what }) }, 200)
    })
  }
  return api
}

async function found(db: Database, text: string): Promise<RelayDomain> {
  const relay = await relayDomainNamed(db, nameOf(text))
  if (relay === null) throw new Problem(404, 'not_found', `No mail is kept for ${text}`)
  return relay
}

function nameOf(text: string): Domain {
  const name = parseDomain(text)
  if (name === null) throw invalid([{ field: 'name', code: 'invalid_domain', message: 'is no domain name' }])
  return name
}

/** Local parts, or whole addresses of the domain. */
function localsOf(addresses: readonly string[], domain: Domain): readonly string[] {
  return addresses.map((text, at) => {
    const parsed = parseAddress(text.includes('@') ? text : `${text}@${domain}`)
    if (!parsed.ok || parsed.value.domain !== domain) throw invalid([{ field: `addresses.${at}`, code: 'invalid_address', message: `is no address of ${domain}` }])
    return foldLocal(parsed.value.local)
  })
}

function shown({ name, organization, hosts: servers, etrnFrom, recipients: who, spoolMs }: RelayDomain): z.infer<typeof relayShape> {
  return { name, organization, hosts: [...servers], etrn_from: [...etrnFrom], recipients: who, spool_days: spoolMs / DAY_MS }
}
