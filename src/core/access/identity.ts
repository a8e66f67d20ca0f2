import type { AccountId, OrganizationId } from '../../base/brand.ts'
import { prepare } from '../../proto/sasl/prepare.ts'
import { foldLocal } from '../../proto/mail/address.ts'
import { parseDomain } from '../../proto/mail/domain.ts'
import type { Role } from './role.ts'
import type { SubmissionBounds } from './store.ts'

/** Who has logged in. */
export interface Identity {
  readonly account: AccountId
  readonly organization: OrganizationId
  /** The folded login name: the account's first address. */
  readonly login: string
  readonly role: Role
  /** Which of the account's credentials let it in. */
  readonly credential: string
  /** Of a program: whom it submits as. Not there for people, who submit as themselves. */
  readonly submission?: SubmissionBounds
}

/**
 * A login name in the form in which it is stored and compared: prepared (RFC 4013), an address folded as we fold those we
 * host; null when no account can have it.
 */
export function foldLogin(typed: string): string | null {
  const name = prepare(typed.trim())
  if (name === null) return null
  const at = name.lastIndexOf('@')
  if (at === -1) return foldLocal(name)
  const domain = parseDomain(name.slice(at + 1))
  return domain === null || at === 0 ? null : `${foldLocal(name.slice(0, at))}@${domain}`
}
