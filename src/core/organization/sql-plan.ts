import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { MAX_TRIALS } from './limits.ts'
import type { Organization } from './organization.ts'
import { periodsAt, type Plan, type PlanLimits } from './plan.ts'

type Mine = { organization: string }

interface Row {
  readonly name: string
  readonly limits: string
  readonly sandboxed: number
  readonly ends_ms: number | null
}

const OF = statement<Mine, Row>('SELECT name, limits, sandboxed, ends_ms FROM plan WHERE organization = $organization')
/** Of an organization without a plan all of it is null. */
type MaybeRow = { readonly [Name in keyof Row]: Row[Name] | null }

const STANDING = statement<Mine, MaybeRow & { readonly state: Organization['state'] }>(
  'SELECT o.state, p.name, p.limits, p.sandboxed, p.ends_ms FROM organization o LEFT JOIN plan p ON p.organization = o.id WHERE o.id = $organization',
)
const PUT = statement<Mine & { name: string; limits: string; sandboxed: number; endsMs: number | null }>(
  `INSERT INTO plan (organization, name, limits, sandboxed, ends_ms) VALUES ($organization, $name, $limits, $sandboxed, $endsMs)
  ON CONFLICT (organization) DO UPDATE SET name = excluded.name, limits = excluded.limits, sandboxed = excluded.sandboxed, ends_ms = excluded.ends_ms`,
)
const REMOVE = statement<Mine>('DELETE FROM plan WHERE organization = $organization')
const LEAVE_SANDBOX = statement<Mine>('UPDATE plan SET sandboxed = 0 WHERE organization = $organization AND sandboxed = 1')
const HOLD = statement<Mine>('UPDATE plan SET name = name WHERE organization = $organization')
const CONFIRM = statement<Mine & { address: string; nowMs: number }>(
  'INSERT INTO sandbox_recipient (organization, address, confirmed_ms) VALUES ($organization, $address, $nowMs) ON CONFLICT DO NOTHING',
)
const HELD = {
  accounts: statement<Mine, { n: number }>('SELECT count(*) AS n FROM account WHERE organization = $organization'),
  domains: statement<Mine, { n: number }>('SELECT count(*) AS n FROM domain WHERE organization = $organization'),
}
const STORAGE = statement<Mine, { allotted: number; used: number }>(
  `SELECT CAST(COALESCE(sum(quota_bytes), 0) AS BIGINT) AS allotted, CAST(COALESCE(sum(used_bytes), 0) AS BIGINT) AS used FROM account
  WHERE organization = $organization`,
)
const COUNTED = statement<Mine & { day: string; month: string }, { period: string; messages: number; recipients: number }>(
  "SELECT period, messages, recipients FROM usage_count WHERE organization = $organization AND subject = '' AND period IN ($day, $month)",
)

// Whoever has left the sandbox by proving a domain is still new here while the trial lasts.
const ON_TRIAL = statement<Record<never, never>, { organization: OrganizationId }>(`SELECT organization FROM plan WHERE sandboxed = 1 OR name = 'trial' ORDER BY organization LIMIT ${MAX_TRIALS}`)

/** Organizations that are on trial: nobody knows yet what they send. */
export function* organizationsOnTrial(tx: Tx): Work<ReadonlySet<OrganizationId>> {
  return new Set((yield* tx.all(ON_TRIAL, {})).map(({ organization }) => organization))
}

/** The plan of an organization, inside a write; null when it has none, and with it no limits. */
export function* planIn(tx: Tx, organization: OrganizationId): Work<Plan | null> {
  return toPlan(yield* tx.one(OF, { organization }))
}

/** Whether an organization may send at all, and its plan, inside a write and with one look. */
export function* standingIn(tx: Tx, organization: OrganizationId): Work<{ readonly isSuspended: boolean; readonly plan: Plan | null }> {
  const row = yield* tx.one(STANDING, { organization })
  return { isSuspended: row?.state === 'suspended', plan: toPlan(row) }
}

function toPlan(row: MaybeRow | null): Plan | null {
  if (row === null || row.name === null || row.limits === null) return null
  return { name: row.name, limits: JSON.parse(row.limits) as PlanLimits, sandboxed: row.sandboxed === 1, endsMs: row.ends_ms } // Written by `putPlan` only.
}

/** Gives an organization a plan in place of the one it had; null takes it away. What it holds already it keeps. */
export const putPlan = write('organization.plan', function* (tx, { organization, plan }: { readonly organization: OrganizationId; readonly plan: Plan | null }): Work<void> {
  if (plan === null) yield* tx.run(REMOVE, { organization })
  else yield* tx.run(PUT, { organization, name: plan.name, limits: JSON.stringify(plan.limits), sandboxed: plan.sandboxed ? 1 : 0, endsMs: plan.endsMs })
})

/** Lets an organization write to everybody: it has proven a domain. False when it could already. */
export const leaveSandbox = write('organization.leave_sandbox', function* (tx, args: { readonly organization: OrganizationId }): Work<boolean> {
  return (yield* tx.run(LEAVE_SANDBOX, args)) === 1
})

/** Notes that the owner of an address, folded, wants mail of an organization that is in its sandbox: he has followed a link that was sent there. */
export const confirmRecipient = write('organization.confirm_recipient', function* (
  tx,
  args: { readonly organization: OrganizationId; readonly address: string; readonly nowMs: number },
): Work<void> {
  yield* tx.run(CONFIRM, args)
})

/** Whether a plan allows an organization one more account or domain, inside the write that makes it: of two at once the second sees the first. */
export function* hasRoomFor(tx: Tx, organization: OrganizationId, what: 'accounts' | 'domains'): Work<boolean> {
  if ((yield* tx.run(HOLD, { organization })) === 0) return true
  const allowed = (yield* planIn(tx, organization))?.limits[what] ?? null
  return allowed === null || ((yield* tx.one(HELD[what], { organization }))?.n ?? 0) < allowed
}

/** Whether a plan allows an account to keep `quotaBytes` in place of `beforeBytes`, inside the write that says so. Under a plan with storage every account has a quota. */
export function* hasStorageFor(tx: Tx, organization: OrganizationId, quotaBytes: number | null, beforeBytes: number | null): Work<boolean> {
  if ((yield* tx.run(HOLD, { organization })) === 0) return true
  const allowed = (yield* planIn(tx, organization))?.limits.storageBytes ?? null
  if (allowed === null) return true
  if (quotaBytes === null) return false
  const allotted = (yield* tx.one(STORAGE, { organization }))?.allotted ?? 0
  return quotaBytes <= (beforeBytes ?? 0) || allotted - (beforeBytes ?? 0) + quotaBytes <= allowed
}

/** What an organization has used. */
export interface UsageNow {
  readonly plan: Plan | null
  /** Counted while there is a plan; null without one. */
  readonly messagesToday: number | null
  readonly messagesThisMonth: number | null
  readonly recipientsToday: number | null
  readonly accounts: number
  readonly domains: number
  readonly allottedBytes: number
  readonly usedBytes: number
}

/** What an organization has used, by the counts of this moment. */
export async function usageNow(db: Database, organization: OrganizationId, nowMs: number): Promise<UsageNow> {
  const { day, month } = periodsAt(nowMs)
  return await db.read(function* (tx) {
    const plan = yield* planIn(tx, organization)
    const counted = yield* tx.all(COUNTED, { organization, day: day.name, month: month.name })
    const of = (period: string, what: 'messages' | 'recipients'): number | null => (plan === null ? null : (counted.find((each) => each.period === period)?.[what] ?? 0))
    const storage = yield* tx.one(STORAGE, { organization })
    return {
      plan,
      ...{ messagesToday: of(day.name, 'messages'), messagesThisMonth: of(month.name, 'messages'), recipientsToday: of(day.name, 'recipients') },
      accounts: (yield* tx.one(HELD.accounts, { organization }))?.n ?? 0,
      domains: (yield* tx.one(HELD.domains, { organization }))?.n ?? 0,
      ...{ allottedBytes: storage?.allotted ?? 0, usedBytes: storage?.used ?? 0 },
    }
  })
}
