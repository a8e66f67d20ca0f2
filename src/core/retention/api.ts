import { createRoute } from '@hono/zod-openapi'
import type { OrganizationId } from '../../base/brand.ts'
import { OPERATOR } from '../../base/operator.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { changerOf, ownerOf } from '../../infra/http/api/caller.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { foundOrganization, organizationParams } from '../organization/manage/api.ts'
import { retentionChange, retentionShape } from './shape.ts'
import { shownRetention } from './shown.ts'
import { allowDays, chooseDays, type Fault, ownDays } from './sql.ts'
import type { Days } from './terms.ts'

const show = createRoute({
  method: 'get', path: '/retention', summary: 'Tell for how long things are kept', middleware: needsScope('read'),
  responses: { 200: json(retentionShape, 'What is kept, and for how many days') },
})

const change = createRoute({
  method: 'patch', path: '/retention', summary: 'Keep things for a shorter time, or for as long as operators allow', middleware: needsScope('admin'), request: { body: body(retentionChange) },
  responses: { 200: json(retentionShape, 'What holds from now on; what is older goes within minutes') },
})

const showOf = createRoute({
  method: 'get', path: '/organizations/{id}/retention', summary: 'Tell for how long things of an organization are kept', middleware: needsScope(OPERATOR), request: { params: organizationParams },
  responses: { 200: json(retentionShape, 'What is kept, and for how many days') },
})

const allow = createRoute({
  method: 'patch', path: '/organizations/{id}/retention', summary: 'Allow an organization other times than the system has', middleware: needsScope(OPERATOR), request: { params: organizationParams, body: body(retentionChange) },
  responses: { 200: json(retentionShape, 'What holds from now on') },
})

/** `/v1/retention`: what `merpati retention` does; for operators `/v1/organizations/{id}/retention`. `keep`: the times of the system. */
export function retentionApi({ db, keep }: { readonly db: Database; readonly keep: Days }): Api {
  const api = newApi()
  const shown = async (organization: OrganizationId) => shownRetention(await ownDays(db, organization), keep)
  api.openapi(show, async (context) => context.json(await shown(ownerOf(context.get('caller'))), 200))
  api.openapi(change, async (context) => {
    const organization = changerOf(context.get('caller'))
    refuse(await db.write(chooseDays, { organization, wishes: context.req.valid('json'), system: keep }))
    return context.json(await shown(organization), 200)
  })
  api.openapi(showOf, async (context) => context.json(await shown((await foundOrganization(db, context.req.valid('param').id)).id), 200))
  api.openapi(allow, async (context) => {
    changerOf(context.get('caller'))
    const { id: organization } = await foundOrganization(db, context.req.valid('param').id)
    refuse(await db.write(allowDays, { organization, wishes: context.req.valid('json') }))
    return context.json(await shown(organization), 200)
  })
  return api
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw invalid(faults.map(({ kind, message }) => ({ field: kind, code: 'out_of_bounds', message })))
}
