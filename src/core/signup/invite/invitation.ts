import type { OrganizationId } from '../../../base/brand.ts'
import type { Role } from '../../access/role.ts'
import type { Language } from '../mail.ts'

/** Somebody who is asked to join an organization, until the link in the mail is followed. */
export interface Invitation {
  readonly organization: OrganizationId
  readonly id: string
  /** The folded address: the login of the account that is made. */
  readonly login: string
  readonly role: Role
  readonly locale: Language
  /** Who asks, such as `account a-...`, `key k-...` or `operator root`. */
  readonly invitedBy: string
  readonly createdMs: number
  readonly expiresMs: number
}

/** What following the link came to. `taken`: the address has an account by now. `over-plan`: the organization has as many as it may have. */
export type Joined =
  | { readonly kind: 'joined'; readonly organization: OrganizationId; readonly account: string }
  | { readonly kind: 'unknown' | 'taken' | 'over-plan' }
