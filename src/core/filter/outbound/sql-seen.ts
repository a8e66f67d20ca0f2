import type { AccountId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { MAX_CORRESPONDENTS } from './limits.ts'
import { recipientHash } from './tally.ts'

const SEEN = statement<{ account: string; recipient: string }, { found: number }>('SELECT 1 AS found FROM send_seen WHERE account = $account AND recipient = $recipient')

/** Whether an account has written to an address, as far as is remembered. */
export async function hasWrittenTo(db: Database, account: AccountId, address: string): Promise<boolean> {
  return (await db.one(SEEN, { account, recipient: recipientHash(account, address) })) !== null
}

const DOMAINS = statement<{ account: string; limit: number }, { domain: string }>('SELECT domain FROM send_domain WHERE account = $account ORDER BY at_ms DESC, domain LIMIT $limit')

/** The domains that an account has written to, the newest first; at most `MAX_CORRESPONDENTS`, and none of free mailboxes. */
export async function domainsWrittenTo(db: Database, account: AccountId): Promise<readonly string[]> {
  return (await db.all(DOMAINS, { account, limit: MAX_CORRESPONDENTS })).map(({ domain }) => domain)
}
