import type { AccountId, OrganizationId } from '../../base/brand.ts'
import { mixesScripts } from '../../base/scripts.ts'
import { prepare } from '../../proto/sasl/prepare.ts'
import { type Address, foldLocal } from '../../proto/mail/address.ts'
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

/**
 * The login of whoever mail to an address goes to; null when no account can have it, or when what is typed for it leads to another login: `ａni@` with a wide letter logs
 * in as `ani@`, but its mail goes elsewhere, so whoever reads that must not become `ani@`. Nor are there logins that mix scripts, or have letters that nobody
 * sees: they stand beside others and look like them. RFC 8265 §3.3, §6.1.
 */
export function loginOf({ local, domain }: Pick<Address, 'local' | 'domain'>): string | null {
  if (domain === null || mixesScripts(local)) return null
  const login = `${foldLocal(local)}@${domain}`
  return foldLogin(login) === login ? login : null
}

/** What is said of an address that `loginOf` refuses. */
export const DECEPTIVE = 'has letters that are taken for others, or that nobody sees: write it with those that people type'
