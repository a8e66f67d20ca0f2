import type { AccountId, MailboxId } from '../../../base/brand.ts'
import { makeId } from '../../../base/ids.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Work, write } from '../../../infra/db/transaction.ts'
import { insertPassword, type SealedPassword } from '../../access/sql-credential.ts'
import { hashToken } from '../../access/token.ts'
import { hasLogin } from '../../account/sql.ts'
import { defaultMailboxIds, insertWithMailboxes } from '../../mailbox/sql-provision.ts'
import { confirmRecipient, hasRoomFor, hasStorageFor } from '../../organization/sql-plan.ts'
import { foldAddress } from '../../suppression/suppression.ts'
import { QUOTA_BYTES } from '../limits.ts'
import type { Joined } from './invitation.ts'
import { endInvitation, followed } from './sql.ts'

interface JoinArgs {
  readonly hash: string
  readonly name: string | null
  readonly password: SealedPassword
  readonly account: AccountId
  readonly mailboxes: readonly MailboxId[]
  readonly credential: string
  readonly nowMs: number
}

const join = write('invitation.join', function* (tx, { hash, name, password, account, mailboxes, credential, nowMs }: JoinArgs): Work<Joined> {
  const invitation = yield* followed(tx, hash, nowMs)
  if (invitation === null) return { kind: 'unknown' }
  const { organization, login, role, locale } = invitation
  if (yield* hasLogin(tx, login)) return { kind: 'taken' }
  if (!(yield* hasRoomFor(tx, organization, 'accounts')) || !(yield* hasStorageFor(tx, organization, QUOTA_BYTES, 0))) return { kind: 'over-plan' }
  const [inbox] = mailboxes
  if (inbox === undefined) throw new Error('an account has mailboxes')
  const made = yield* insertWithMailboxes(tx, { id: account, organization, login, name: name ?? login, role, locale, quotaBytes: QUOTA_BYTES, inbox, nowMs }, mailboxes, 'invitation')
  if (!made) return { kind: 'taken' } // Of two organizations that invited it, another was faster.
  yield* insertPassword(tx, { account, id: credential, sealed: password, nowMs })
  yield* confirmRecipient.run(tx, { organization, address: foldAddress(login), nowMs })
  yield* endInvitation(tx, invitation)
  return { kind: 'joined', organization, account }
})

/** Makes the account of an invitation whose link was followed: once, also of two at the same moment. The invitation stays when the account cannot be made. `name`: null for the address. */
export async function joinBy(db: Database, token: string, person: { readonly name: string | null; readonly password: SealedPassword }, nowMs: number): Promise<Joined> {
  const ids = { account: makeId('a', nowMs) as AccountId, credential: makeId('c', nowMs), mailboxes: defaultMailboxIds(nowMs) }
  return await db.write(join, { ...ids, ...person, hash: hashToken(token), nowMs })
}
