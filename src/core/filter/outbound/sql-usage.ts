import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Work, write } from '../../../infra/db/transaction.ts'
import { lastHour, type Usage } from './caps.ts'
import { hourOf } from './tally.ts'

const ACCOUNT = statement<{ account: string }, { created_ms: number; state: string | null; bulk: string | null }>(
  `SELECT a.created_ms, c.state, b.account AS bulk FROM account a LEFT JOIN containment c ON c.account = a.id LEFT JOIN send_bulk b ON b.account = a.id
  WHERE a.id = $account`,
)

const ALLOW = statement<{ account: string; nowMs: number }>('INSERT INTO send_bulk (account, at_ms) VALUES ($account, $nowMs) ON CONFLICT (account) DO NOTHING')

const FORBID = statement<{ account: string }>('DELETE FROM send_bulk WHERE account = $account')

/** Lets an account send to many, as programs do, or no longer. */
export const setBulk = write('sending.bulk', function* (tx, { account, bulk, nowMs }: { readonly account: AccountId; readonly bulk: 'allowed' | 'forbidden'; readonly nowMs: number }): Work<void> {
  if (bulk === 'allowed') yield* tx.run(ALLOW, { account, nowMs })
  else yield* tx.run(FORBID, { account })
})

const HOURS = statement<{ account: string; organization: string; since: number }, { subject: string; hour: number; messages: number; recipients: number }>(
  'SELECT subject, hour, messages, recipients FROM send_hour WHERE subject IN ($account, $organization) AND hour > $since LIMIT 100',
)

/** What an account and its organization have sent; null when there is no such account. */
export async function usageOf(db: Database, account: AccountId, organization: OrganizationId, nowMs: number): Promise<Usage | null> {
  const row = await db.one(ACCOUNT, { account })
  if (row === null) return null
  const now = hourOf(nowMs)
  const hours = await db.all(HOURS, { account, organization, since: now - 24 })
  const of = (subject: string): { readonly messages: number; readonly recipients: number } => {
    const mine = hours.filter((each) => each.subject === subject)
    const at = (hour: number): number => mine.find((each) => each.hour === hour)?.messages ?? 0
    return { messages: lastHour(at(now), at(now - 1), nowMs), recipients: mine.reduce((sum, { recipients }) => sum + recipients, 0) }
  }
  const own = of(account)
  const all = of(organization)
  return { createdMs: row.created_ms, isContained: row.state === 'contained', isBulk: row.bulk !== null, ...own, organizationMessages: all.messages, organizationRecipients: all.recipients }
}
