import type { AccountId, MailboxId, OrganizationId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { setPassword } from '../../core/access/sql-credential.ts'
import type { Account } from '../../core/account/account.ts'
import { domainNamed } from '../../core/domain/sql.ts'
import { createAccount, DEFAULT_MAILBOXES } from '../../core/mailbox/sql-provision.ts'
import type { Database } from '../../infra/db/database.ts'
import { foldLocal, parseAddress } from '../../proto/mail/address.ts'

/** What an account is to be. */
export interface AccountPlan {
  readonly organization: OrganizationId
  readonly address: string
  readonly name: string
  readonly role: Account['role']
  readonly locale: string
  readonly quotaBytes: number | null
}

const REFUSALS: Readonly<Record<'taken' | 'over-plan' | 'over-storage', (address: string) => string>> = {
  taken: (address) => `${address} is taken`,
  'over-plan': () => 'the plan of the organization allows no more accounts: "merpati organization plan" shows it',
  'over-storage': () => 'the plan of the organization has too little storage left for that quota: "merpati organization plan" shows it, --quota says less',
}

/** Makes an account that can log in and receive. The refusal is a sentence that says what to do. */
export async function newAccount(db: Database, plan: AccountPlan, password: string): Promise<Result<AccountId, string>> {
  const parsed = parseAddress(plan.address)
  if (!parsed.ok || parsed.value.domain === null) return fail(`${plan.address} is no address of a domain`)
  const { domain } = parsed.value
  const hosted = await domainNamed(db, domain)
  if (hosted === null || hosted.organization !== plan.organization) return fail(`we do not receive for ${domain}: "merpati domain add ${domain}" first`)
  if (password === '') return fail('give the password as the first line of standard input')
  const nowMs = Date.now()
  const id = makeId('a', nowMs) as AccountId
  const local = foldLocal(parsed.value.local)
  const mailboxes = DEFAULT_MAILBOXES.map(() => makeId('b', nowMs) as MailboxId)
  const inbox = mailboxes[0] as MailboxId // The first is the inbox, by contract.
  const { organization, name, role, locale, quotaBytes } = plan
  const made = await db.write(createAccount, {
    account: { id, organization, login: `${local}@${domain}`, name, role, locale, quotaBytes, inbox, nowMs },
    address: { domain, local },
    mailboxes,
  })
  if (!made.ok) return fail(REFUSALS[made.error](plan.address))
  const set = await setPassword(db, id, password, nowMs)
  return set === 'set' ? ok(id) : fail(`${plan.address} was made, but its password has characters that cannot be typed everywhere: "merpati account passwd" sets another`)
}
