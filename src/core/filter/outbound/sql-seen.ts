import type { AccountId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { recipientHash } from './tally.ts'

const SEEN = statement<{ account: string; recipient: string }, { found: number }>('SELECT 1 AS found FROM send_seen WHERE account = $account AND recipient = $recipient')

/** Whether an account has written to an address, as far as is remembered. */
export async function hasWrittenTo(db: Database, account: AccountId, address: string): Promise<boolean> {
  return (await db.one(SEEN, { account, recipient: recipientHash(account, address) })) !== null
}
