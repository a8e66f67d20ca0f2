import type { AccountId, MailboxId, OrganizationId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import { takeIn } from '../access/one-time/sql-one-time.ts'
import { insertPassword } from '../access/sql-credential.ts'
import { hashToken } from '../access/token.ts'
import { hasLogin } from '../account/sql.ts'
import { defaultMailboxIds, insertWithMailboxes } from '../mailbox/sql-provision.ts'
import { trialPlan } from '../organization/plan.ts'
import { createOrganization } from '../organization/sql.ts'
import { confirmRecipient, putPlan } from '../organization/sql-plan.ts'
import { foldAddress } from '../suppression/suppression.ts'
import { QUOTA_BYTES } from './limits.ts'
import type { Signup } from './signup.ts'

interface ConfirmArgs {
  readonly hash: string
  readonly organization: OrganizationId
  readonly account: AccountId
  readonly mailboxes: readonly MailboxId[]
  readonly credential: string
  /** Set behind the name when another organization has it: whoever confirmed cannot choose again. */
  readonly apart: string
  readonly nowMs: number
}

/** What following the link of a sign-up came to. `taken`: the address has got an account in between. */
export type Confirmed = { readonly kind: 'made'; readonly organization: OrganizationId; readonly account: AccountId } | { readonly kind: 'unknown' | 'taken' }

const confirm = write('signup.confirm', function* (tx, args: ConfirmArgs): Work<Confirmed> {
  const { organization, account, nowMs } = args
  const taken = yield* takeIn(tx, { hash: args.hash, kind: 'signup', nowMs })
  if (taken === null) return { kind: 'unknown' }
  const { login, locale, password, organization: name } = taken.content as Signup
  if (yield* hasLogin(tx, login)) return { kind: 'taken' }
  const made = yield* createOrganization.run(tx, { id: organization, name, locale, nowMs })
  if (!made.ok) yield* createOrganization.run(tx, { id: organization, name: `${name} ${args.apart}`, locale, nowMs })
  const [inbox] = args.mailboxes
  if (inbox === undefined) throw new Error('an account has mailboxes')
  yield* insertWithMailboxes(tx, { id: account, organization, login, name: login, role: 'owner', locale, quotaBytes: QUOTA_BYTES, inbox, nowMs }, args.mailboxes, 'signup')
  yield* insertPassword(tx, { account, id: args.credential, sealed: password, nowMs })
  yield* putPlan.run(tx, { organization, plan: trialPlan(nowMs) })
  yield* confirmRecipient.run(tx, { organization, address: foldAddress(login), nowMs })
  return { kind: 'made', organization, account }
})

/** Makes the organization and the account of a sign-up whose link was followed: once, also of two at the same moment. */
export async function confirmSignup(db: Database, token: string, nowMs: number): Promise<Confirmed> {
  const ids = { organization: makeId('o', nowMs) as OrganizationId, account: makeId('a', nowMs) as AccountId, credential: makeId('c', nowMs) }
  return await db.write(confirm, { ...ids, hash: hashToken(token), mailboxes: defaultMailboxIds(nowMs), apart: ids.organization.slice(-6), nowMs })
}
