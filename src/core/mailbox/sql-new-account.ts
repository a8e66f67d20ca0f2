import type { AccountId, MailboxId, OrganizationId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { Database } from '../../infra/db/database.ts'
import { foldLocal, parseAddress } from '../../proto/mail/address.ts'
import { prepare } from '../../proto/sasl/prepare.ts'
import { loginOf } from '../access/identity.ts'
import { MAX_PASSWORD_CHARS } from '../access/limits.ts'
import { setPassword } from '../access/sql-credential.ts'
import type { Account } from '../account/account.ts'
import { domainNamed } from '../domain/sql.ts'
import { createAccount, defaultMailboxIds } from './sql-provision.ts'

/** What an account is to be. */
export interface AccountPlan {
  readonly organization: OrganizationId
  readonly address: string
  readonly name: string
  readonly role: Account['role']
  readonly locale: string
  readonly quotaBytes: number | null
  readonly password: string
  readonly nowMs: number
}

/** Why no account was made; `over-plan` and `over-storage`: the organization has as much as its plan allows. `deceptive`: the address can be taken for another, or cannot be typed everywhere. `bad-password`: it is empty, too long, or has characters that no client can send. */
export type AccountRefusal = 'no-address' | 'deceptive' | 'no-domain' | 'taken' | 'over-plan' | 'over-storage' | 'bad-password'

/** Makes an account that can log in and receive. */
export async function newAccount(db: Database, plan: AccountPlan): Promise<Result<AccountId, AccountRefusal>> {
  const parsed = parseAddress(plan.address)
  if (!parsed.ok || parsed.value.domain === null) return fail('no-address')
  const { domain } = parsed.value
  const login = loginOf(parsed.value)
  if (login === null) return fail('deceptive')
  const hosted = await domainNamed(db, domain)
  if (hosted === null || hosted.organization !== plan.organization) return fail('no-domain')
  const { organization, name, role, locale, quotaBytes, password, nowMs } = plan
  if (password.length > MAX_PASSWORD_CHARS || prepare(password) === null) return fail('bad-password')
  const id = makeId('a', nowMs) as AccountId
  const local = foldLocal(parsed.value.local)
  const mailboxes = defaultMailboxIds(nowMs)
  const inbox = mailboxes[0] as MailboxId // The first is the inbox, by contract.
  const made = await db.write(createAccount, {
    account: { id, organization, login, name, role, locale, quotaBytes, inbox, nowMs },
    address: { domain, local },
    mailboxes,
  })
  if (!made.ok) return made
  await setPassword(db, id, password, nowMs)
  return ok(id)
}
