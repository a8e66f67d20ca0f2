import type { SealedPassword } from '../access/sql-credential.ts'
import type { Language } from './mail.ts'

/** What somebody has asked for, kept until the link in the mail is followed. */
export interface Signup {
  readonly organization: string
  /** The folded address: the login of the account. */
  readonly login: string
  readonly locale: Language
  readonly password: SealedPassword
}
