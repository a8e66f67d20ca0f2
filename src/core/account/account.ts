import type { AccountId, MailboxId, OrganizationId } from '../../base/brand.ts'
import type { Role } from '../access/role.ts'

/** A person or service that logs in; has mailboxes and a quota. */
export interface Account {
  readonly id: AccountId
  readonly organization: OrganizationId
  /** The name used to log in: the account's first address, folded. Unique on this system. */
  readonly login: string
  /** The name shown to people. */
  readonly name: string
  /** What it is to its organization. */
  readonly role: Role
  /** The domains that a domain administrator administers; null for other roles. */
  readonly roleDomains: readonly string[] | null
  readonly state: 'active' | 'suspended'
  readonly locale: string
  /** Bytes of live mail it may keep; null for no limit. */
  readonly quotaBytes: number | null
  readonly usedBytes: number
  readonly usedEmails: number
  /** Where mail arrives. */
  readonly inbox: MailboxId
  readonly createdMs: number
}
