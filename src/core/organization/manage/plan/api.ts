import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../../../base/clock.ts'
import { OPERATOR } from '../../../../base/operator.ts'
import type { Database } from '../../../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../../../infra/http/api/api.ts'
import { changerOf } from '../../../../infra/http/api/caller.ts'
import { body, json } from '../../../../infra/http/api/json.ts'
import { parseAddress } from '../../../../proto/mail/address.ts'
import { shownUsage } from '../../api.ts'
import { MAX_CONFIRMED } from '../../limits.ts'
import { changedPlan, isWish, type PlanWishes } from '../../plan-change.ts'
import { usageShape } from '../../shape.ts'
import { confirmRecipient, putPlan, usageNow } from '../../sql-plan.ts'
import { foundOrganization, organizationParams } from '../api.ts'

const limit = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().optional()
const changes = z
  .strictObject({
    trial: z.literal(true).optional().openapi({ description: 'Begin with the plan of whoever has just signed up: two weeks, in the sandbox.' }),
    name: z.string().min(1).max(200).regex(/^\P{Cc}*$/u, { error: 'want one line of text' }).optional(),
    limits: z
      .strictObject({ messages_per_day: limit, messages_per_month: limit, recipients_per_day: limit, accounts: limit, domains: limit, storage_bytes: limit })
      .default({})
      .openapi({ description: 'Null for no limit; what is missing stays as it is.' }),
    sandboxed: z.boolean().optional().openapi({ description: 'Whether it writes to confirmed addresses only.' }),
    ends_at: z.iso.datetime().nullable().optional().openapi({ description: 'Nothing is sent from then on; null for never.' }),
    confirmed: z.array(z.string().max(320)).max(MAX_CONFIRMED).default([]).openapi({ description: 'Addresses whose owners want its mail while it is in the sandbox.' }),
  })
  .openapi('PlanChange')

const middleware = needsScope(OPERATOR)

const show = createRoute({
  method: 'get', path: '/organizations/{id}/plan', summary: 'Tell what an organization may use, and what it has used', middleware, request: { params: organizationParams },
  responses: { 200: json(usageShape, 'The usage of this moment') },
})

const change = createRoute({
  method: 'patch', path: '/organizations/{id}/plan', summary: 'Give an organization a plan, or change the one it has', middleware, request: { params: organizationParams, body: body(changes) },
  responses: { 200: json(usageShape, 'What it may use from now on') },
})

const remove = createRoute({
  method: 'delete', path: '/organizations/{id}/plan', summary: 'Take the plan of an organization away: it has no limits', middleware, request: { params: organizationParams },
  responses: { 200: json(usageShape, 'What it uses; nothing is counted any more') },
})

/** `/v1/organizations/{id}/plan`: what `merpati organization plan` does, for operators. */
export function planApi({ db, clock }: { readonly db: Database; readonly clock: Clock }): Api {
  const api = newApi()
  const usage = async (organization: Parameters<typeof usageNow>[1]) => shownUsage(await usageNow(db, organization, clock.nowMs()), clock.nowMs())
  api.openapi(show, async (context) => context.json(await usage((await foundOrganization(db, context.req.valid('param').id)).id), 200))
  api.openapi(change, async (context) => {
    changerOf(context.get('caller'))
    const { id: organization } = await foundOrganization(db, context.req.valid('param').id)
    const { confirmed, ...asked } = context.req.valid('json')
    const addresses = confirmed.map(toAddress)
    const nowMs = clock.nowMs()
    const wishes = wishesOf(asked)
    if (!isWish(wishes) && addresses.length === 0) throw invalid([{ field: '', code: 'mismatch', message: 'say what to change: trial, name, limits, sandboxed, ends_at or confirmed' }])
    if (isWish(wishes)) await db.write(putPlan, { organization, plan: changedPlan((await usageNow(db, organization, nowMs)).plan, wishes, nowMs) })
    for (const address of addresses) await db.write(confirmRecipient, { organization, address, nowMs })
    return context.json(await usage(organization), 200)
  })
  api.openapi(remove, async (context) => {
    changerOf(context.get('caller'))
    const { id: organization } = await foundOrganization(db, context.req.valid('param').id)
    await db.write(putPlan, { organization, plan: null })
    return context.json(await usage(organization), 200)
  })
  return api
}

function wishesOf({ trial, name, limits, sandboxed, ends_at: until }: Omit<z.infer<typeof changes>, 'confirmed'>): PlanWishes {
  const { messages_per_day: messagesPerDay, messages_per_month: messagesPerMonth, recipients_per_day: recipientsPerDay, accounts, domains, storage_bytes: storageBytes } = limits
  return { trial: trial === true, name, limits: { messagesPerDay, messagesPerMonth, recipientsPerDay, accounts, domains, storageBytes }, sandboxed, endsMs: typeof until === 'string' ? Date.parse(until) : until }
}

function toAddress(text: string, at: number): string {
  const parsed = parseAddress(text)
  if (!parsed.ok || parsed.value.domain === null) throw invalid([{ field: `confirmed.${at}`, code: 'invalid_address', message: 'is no address' }])
  return parsed.value.text.toLowerCase()
}
