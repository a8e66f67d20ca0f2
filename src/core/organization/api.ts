import { createRoute, type z } from '@hono/zod-openapi'
import type { OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { type Caller, ownerOf } from '../../infra/http/api/caller.ts'
import { json } from '../../infra/http/api/json.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { NO_LIMITS, type NotAllowed, periodsAt, type Room, sayNotAllowed } from './plan.ts'
import { ownUsageShape, type usageShape } from './shape.ts'
import type { Organization } from './organization.ts'
import { organizationById } from './sql.ts'
import { type UsageNow, usageNow } from './sql-plan.ts'
import type { Taking } from './sql-usage.ts'

const usage = createRoute({
  method: 'get', path: '/usage', summary: 'Tell what the organization may use, and what it has used', middleware: needsScope('read'),
  responses: { 200: json(ownUsageShape, 'The usage of this moment') },
})

/** The organization that the field `organization` of a request names by its id. Throws `Problem` 422 for none. */
export async function organizationMeant(db: Database, id: string): Promise<Organization> {
  const organization = await organizationById(db, id)
  if (organization === null) throw invalid([{ field: 'organization', code: 'unknown', message: 'is no organization' }])
  return organization
}

/** What the route is made of. */
export interface OrganizationApiOptions {
  readonly db: Database
  readonly clock: Clock
  /** For how many days what is kept. */
  readonly keptDays: (organization: OrganizationId) => Promise<Readonly<Record<string, number>>>
}

/** `/v1/usage`: what `merpati organization plan` shows. */
export function organizationApi({ db, clock, keptDays }: OrganizationApiOptions): Api {
  const api = newApi()
  api.openapi(usage, async (context) => {
    const nowMs = clock.nowMs()
    const organization = ownerOf(context.get('caller'))
    return context.json({ ...shownUsage(await usageNow(db, organization, nowMs), nowMs), kept_days: await keptDays(organization) }, 200)
  })
  return api
}

/** One recipient of what is sent. */
interface To {
  readonly route: 'local' | 'remote'
  readonly recipient: string
}

/** What messages of a caller count as. What a test key sends never leaves, and counts as nothing. */
export function takingOf(caller: Caller, messages: number, to: readonly To[]): Taking | null {
  if (caller.mode === 'test') return null
  const { messagesPerHour, messagesPerDay } = caller.caps
  const outside = new Set(to.filter(({ route }) => route === 'remote').map(({ recipient }) => recipient.toLowerCase()))
  const capped = messagesPerHour === null && messagesPerDay === null ? null : { of: 'key' as const, id: caller.key, messagesPerHour, messagesPerDay }
  return { organization: ownerOf(caller), capped, messages, recipients: to.length, outside: [...outside] }
}

/** What is left, as clients of many services read it: the fields that the first drafts of the IETF's RateLimit had. */
export function rateHeaders({ allowed, left, resetMs }: Room, nowMs: number): Readonly<Record<string, string>> {
  return { 'ratelimit-limit': String(allowed), 'ratelimit-remaining': String(Math.max(0, left)), 'ratelimit-reset': String(Math.ceil((resetMs - nowMs) / 1_000)) }
}

/** The answer to a request that plan or key do not allow. */
export function refusalOf(why: NotAllowed, nowMs: number): Problem {
  const text = sayNotAllowed(why)
  switch (why.kind) {
    case 'suspended':
      return new Problem(403, 'organization_suspended', text)
    case 'ended':
      return new Problem(403, 'plan_ended', text)
    case 'sandboxed':
      return new Problem(403, 'sandboxed', text)
    case 'limit':
      return new Problem(429, CODES[why.limit], text, { headers: { ...rateHeaders({ allowed: why.allowed, left: 0, resetMs: why.resetMs }, nowMs), 'retry-after': String(Math.ceil((why.resetMs - nowMs) / 1_000)) } })
  }
}

/** Clients of Resend know the first two. */
const CODES = { messages_per_day: 'daily_quota_exceeded', messages_per_month: 'monthly_quota_exceeded', recipients_per_day: 'daily_quota_exceeded', messages_per_hour: 'rate_limit_exceeded' } as const

/** The usage of an organization over HTTP. */
export function shownUsage(now: UsageNow, nowMs: number): z.infer<typeof usageShape> {
  const { day, month } = periodsAt(nowMs)
  const limits = now.plan?.limits ?? NO_LIMITS
  return {
    ...{ plan: now.plan?.name ?? null, sandboxed: now.plan?.sandboxed ?? false, ends_at: isoTime(now.plan?.endsMs ?? null) },
    messages_per_day: { used: now.messagesToday, allowed: limits.messagesPerDay, resets_at: isoTime(day.endsMs) },
    messages_per_month: { used: now.messagesThisMonth, allowed: limits.messagesPerMonth, resets_at: isoTime(month.endsMs) },
    recipients_per_day: { used: now.recipientsToday, allowed: limits.recipientsPerDay, resets_at: isoTime(day.endsMs) },
    accounts: { used: now.accounts, allowed: limits.accounts, resets_at: null },
    domains: { used: now.domains, allowed: limits.domains, resets_at: null },
    storage_bytes: { used: now.allottedBytes, allowed: limits.storageBytes, resets_at: null, stored: now.usedBytes },
  }
}
