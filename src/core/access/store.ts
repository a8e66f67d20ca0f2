import type { AccountId, OrganizationId } from '../../base/brand.ts'
import type { ScramKeys } from '../../proto/sasl/exchange.ts'
import type { Rights } from './rights.ts'
import type { Role } from './role.ts'

/** The SCRAM side of a credential. Credentials of one account that share salt and iterations can be proved in one exchange. */
export interface StoredScram extends ScramKeys {
  readonly salt: Uint8Array
  readonly iterations: number
}

/** What mail programs speak with us. */
export type MailProtocol = 'imap' | 'pop3' | 'submission'

/** Something that proves who an account is. */
export interface Credential {
  readonly id: string
  /** `password` is chosen by a person and kept as an Argon2id PHC string; `app` is a random app password, kept as SHA-256 in hex. */
  readonly kind: 'password' | 'app'
  /** What its owner calls it: `Phone`. '' for the password. */
  readonly name: string
  readonly secret: string
  readonly scram: StoredScram | null
  readonly usedMs: number | null
  /** Not valid from then on; null for ever. */
  readonly expiresMs: number | null
  /** What an app password is for: `imap`, `pop3`, `submission`; null for all of them. */
  readonly protocols: readonly MailProtocol[] | null
  /** Set for a program's: it submits as any author of the organization within these bounds. Null for a person's. */
  readonly submission: SubmissionBounds | null
}

/** Whom and in which streams a program may submit as. */
export interface SubmissionBounds {
  /** How many messages it may submit; not there for no cap of its own. */
  readonly caps?: Rights['caps']
  /** The domains of its authors; null for all of the organization. */
  readonly domains: readonly string[] | null
  /** Null for all. */
  readonly streams: readonly string[] | null
}

/** All that a login needs, read in one query, so that an unknown name costs the same. */
export interface LoginRecord {
  readonly account: AccountId
  readonly organization: OrganizationId
  readonly login: string
  readonly role: Role
  /** Suspended when the account or its organization is. */
  readonly state: 'active' | 'suspended'
  /** Grows whenever a credential is changed or taken away: what was remembered of them is then void. */
  readonly version: number
  /** `on`: the password alone lets nobody in. */
  readonly secondFactor: 'off' | 'on'
  readonly credentials: readonly Credential[]
}

/** What logins need of storage. `sql.ts` implements it. Every method throws `Unavailable` when the database does not answer. */
export interface AccessStore {
  /** The account of that folded login name, or null. */
  findLogin(login: string): Promise<LoginRecord | null>
  /** Notes that a credential was used, at most hourly. */
  noteUse(account: AccountId, credential: string, nowMs: number): Promise<void>
  /** Replaces a password's hash by a stronger one of the same password, unless the password was changed meanwhile. */
  renewHash(account: AccountId, credential: string, before: string, after: string): Promise<'renewed' | 'changed'>
}
