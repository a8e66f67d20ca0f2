import type { AccountId, MailboxId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { hasStorageFor } from '../organization/sql-plan.ts'
import type { Account } from './account.ts'

const COLUMNS = 'id, organization, login, name, role, role_domains, state, locale, quota_bytes, used_bytes, used_emails, inbox, created_ms'

interface Row {
  readonly id: AccountId
  readonly organization: OrganizationId
  readonly login: string
  readonly name: string
  readonly role: Account['role']
  readonly role_domains: string | null
  readonly state: Account['state']
  readonly locale: string
  readonly quota_bytes: number | null
  readonly used_bytes: number
  readonly used_emails: number
  readonly inbox: MailboxId
  readonly created_ms: number
}

/** What a new account begins with. */
export interface NewAccount {
  readonly id: AccountId
  readonly organization: OrganizationId
  readonly login: string
  readonly name: string
  readonly role: Account['role']
  readonly locale: string
  readonly quotaBytes: number | null
  readonly inbox: MailboxId
  readonly nowMs: number
}

const INSERT = statement<{
  id: string
  organization: string
  login: string
  name: string
  role: string
  locale: string
  quotaBytes: number | null
  inbox: string
  nowMs: number
}>(`INSERT INTO account (id, organization, login, name, role, state, locale, quota_bytes, used_bytes, used_emails,
    modseq, email_modseq, mailbox_modseq, thread_modseq, inbox, credential_version, created_ms)
  VALUES ($id, $organization, $login, $name, $role, 'active', $locale, $quotaBytes, 0, 0, 1, 0, 1, 0, $inbox, 1, $nowMs)
  ON CONFLICT DO NOTHING`)
const BY_ID = statement<{ id: string }, Row>(`SELECT ${COLUMNS} FROM account WHERE id = $id`)
const BY_LOGIN = statement<{ login: string }, Row>(`SELECT ${COLUMNS} FROM account WHERE login = $login`)
const LIST = statement<{ organization: string; after: string }, Row>(
  `SELECT ${COLUMNS} FROM account WHERE organization = $organization AND id > $after ORDER BY id LIMIT 500`,
)
const SET_STATE = statement<{ id: string; state: string }>('UPDATE account SET state = $state WHERE id = $id')
const SET_QUOTA = statement<{ id: string; quotaBytes: number | null }>('UPDATE account SET quota_bytes = $quotaBytes WHERE id = $id')
const CHANGE = statement<{ id: string; name: string; locale: string }>('UPDATE account SET name = $name, locale = $locale WHERE id = $id')

/** Adds the row of an account, inside the write that also makes its mailboxes. False when the login is taken. */
export function* insertAccount(tx: Tx, account: NewAccount): Work<boolean> {
  return (yield* tx.run(INSERT, { ...account })) === 1
}

/** Whether somebody logs in under that folded name, inside a write that would make another. */
export function* hasLogin(tx: Tx, login: string): Work<boolean> {
  return (yield* tx.one(BY_LOGIN, { login })) !== null
}

/** Lets an account log in and receive, or stops both. False when there is no such account. */
export const setAccountState = write('account.state', function* (tx, args: { readonly id: AccountId; readonly state: Account['state'] }) {
  return (yield* tx.run(SET_STATE, args)) === 1
})

/** Sets how much live mail an account may keep; null for no limit. `over-storage`: its organization has too little left. */
export const setQuota = write('account.quota', function* (tx, args: { readonly id: AccountId; readonly quotaBytes: number | null }) {
  const before = yield* tx.one(BY_ID, { id: args.id })
  if (before === null) return 'none' as const
  if (!(yield* hasStorageFor(tx, before.organization, args.quotaBytes, before.quota_bytes))) return 'over-storage' as const
  return (yield* tx.run(SET_QUOTA, args)) === 1 ? ('set' as const) : ('none' as const)
})

/** Changes what people see of an account, and the language of what is written to it. False when there is no such account. */
export const changeAccount = write('account.change', function* (
  tx,
  args: { readonly id: AccountId; readonly name: string; readonly locale: string },
) {
  return (yield* tx.run(CHANGE, args)) === 1
})

/** The account of that id, or null. */
export async function accountById(db: Database, id: AccountId): Promise<Account | null> {
  return toAccount(await db.one(BY_ID, { id }))
}

/** The account that logs in under that folded name, or null. */
export async function accountByLogin(db: Database, login: string): Promise<Account | null> {
  return toAccount(await db.one(BY_LOGIN, { login }))
}

/** At most 500 accounts of an organization after an id, in id order; '' begins. */
export async function accountsAfter(db: Database, organization: OrganizationId, after: string): Promise<readonly Account[]> {
  const rows = await db.all(LIST, { organization, after })
  return rows.flatMap((row) => toAccount(row) ?? [])
}

function toAccount(row: Row | null): Account | null {
  if (row === null) return null
  return {
    id: row.id,
    organization: row.organization,
    login: row.login,
    name: row.name,
    role: row.role,
    roleDomains: row.role_domains === null ? null : (JSON.parse(row.role_domains) as readonly string[]), // Written by `setRole` only.
    state: row.state,
    locale: row.locale,
    quotaBytes: row.quota_bytes,
    usedBytes: row.used_bytes,
    usedEmails: row.used_emails,
    inbox: row.inbox,
    createdMs: row.created_ms,
  }
}
