import type { AccountId, MailboxId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import type { Role } from './mailbox.ts'

const BY_ROLE = statement<{ account: string; role: string }, { id: MailboxId }>(
  'SELECT id FROM mailbox WHERE account = $account AND role = $role AND destroyed_modseq IS NULL ORDER BY id LIMIT 1',
)

/** The mailbox of an account that has a role, or null: people may remove all but their inbox. */
export async function mailboxWithRole(db: Database, account: AccountId, role: Role): Promise<MailboxId | null> {
  return (await db.one(BY_ROLE, { account, role }))?.id ?? null
}
