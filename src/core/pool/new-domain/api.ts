import { createRoute, z } from '@hono/zod-openapi'
import { OPERATOR } from '../../../base/operator.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { changerOf } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { foundDomain } from '../../domain/api.ts'
import { domainById } from '../../domain/sql.ts'
import { newDomainDay, setDomainWarmup } from './sql.ts'
import { WARMUP_DAYS } from '../table/warmup.ts'

const params = z.object({ id: z.string().max(255).openapi({ description: 'The id of a domain, or its name; operators name those of other organizations.' }) })
const state = z.enum(['on', 'off']).openapi({ description: '`on`: it is new, from the first day; `off`: it has a history.' })
const shape = z
  .object({ object: z.literal('domain_warmup'), domain: z.string(), state, day: z.number().int().nullable().openapi({ description: 'The day of the plan; null when it has a history.' }), days: z.number().int().openapi({ description: 'Of the whole plan.' }) })
  .openapi('DomainWarmup')

const show = createRoute({
  method: 'get', path: '/domains/{id}/warmup', summary: 'Tell whether mail to many begins slowly in the name of a domain, because providers do not know it', middleware: needsScope('read', { domains: 'obeyed' }),
  request: { params }, responses: { 200: json(shape, 'The day of its plan') },
})

const put = createRoute({
  method: 'put', path: '/domains/{id}/warmup', summary: 'Say that a domain is new, or that it has a history elsewhere', middleware: needsScope(OPERATOR),
  request: { params, body: body(z.strictObject({ state }).openapi('DomainWarmupWishes')) }, responses: { 200: json(shape, 'The day of its plan now') },
})

/** `/v1/domains/{id}/warmup`: what `merpati domain warm-up` tells the owner of a domain, and does for operators: who may send much decides whoever answers for the addresses that it leaves from. */
export function newDomainApi({ db }: { readonly db: Database }): Api {
  const api = newApi()
  const shown = async (name: string): Promise<z.infer<typeof shape>> => {
    const found = await newDomainDay(db, name)
    if (found === null) throw new Problem(404, 'not_found', `There is no domain ${name}`)
    return { object: 'domain_warmup', domain: name, state: found.day === null ? 'off' : 'on', day: found.day, days: WARMUP_DAYS.length }
  }
  api.openapi(show, async (context) => {
    const { name } = await foundDomain(db, context.get('caller'), context.req.valid('param').id)
    return context.json(await shown(name), 200)
  })
  api.openapi(put, async (context) => {
    const own = changerOf(context.get('caller'))
    const { id } = context.req.valid('param')
    const name = (await domainById(db, own, id))?.name ?? parseDomain(id) ?? id
    await db.write(setDomainWarmup, { domain: name, to: context.req.valid('json').state })
    return context.json(await shown(name), 200)
  })
  return api
}
