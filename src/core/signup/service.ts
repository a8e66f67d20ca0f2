import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Result } from '../../base/result.ts'
import type { TaskGroup } from '../../base/task-group.ts'
import type { AccountId, OrganizationId } from '../../base/brand.ts'
import type { Address } from '../../proto/mail/address.ts'
import type { SealedPassword } from '../access/sql-credential.ts'
import type { ReceiveOptions } from '../inbound/receive.ts'
import { RESET_MS, SIGNUP_MS } from './limits.ts'
import { type Addressee, addresseeOf, writeTo } from './letters.ts'
import type { Language, Letter } from './mail.ts'
import type { Pace } from './pace.ts'
import type { Signup } from './signup.ts'
import type { Confirmed } from './sql-signup.ts'

/** An account, as far as it is written to. */
export interface Known {
  readonly account: AccountId
  readonly locale: Language
}

/** What there is for whoever has no account, or no password any more. */
export interface Offers {
  readonly signup: 'on' | 'off'
  readonly reset: 'on' | 'off'
}

/** What signing up and getting a password back are made of. */
export interface SignupOptions {
  readonly clock: Clock
  readonly log: Log
  /** Takes what nobody waits for, so that no answer takes longer for an address that is known. */
  readonly tasks: TaskGroup
  readonly pace: Pace
  /** The name of this server for people, and what links begin with. Never what a request says. */
  readonly host: string
  readonly origin: string
  readonly receive: ReceiveOptions
  /** Who writes; null while that domain is not hosted here. */
  readonly sender: () => Promise<{ readonly name: string; readonly address: Address; readonly organization: OrganizationId } | null>
  /** Makes of a password what is kept of it, in its turn; null for one that cannot be typed everywhere. */
  readonly seal: (password: string) => Promise<Result<SealedPassword | null, 'busy'>>
  /** The account that logs in there and may; null for none. */
  readonly known: (login: string) => Promise<Known | null>
  /** Keeps something under a token that is good once. */
  readonly token: (kind: 'signup' | 'reset', account: AccountId | '', content: unknown, expiresMs: number) => Promise<string>
  readonly confirm: (token: string) => Promise<Confirmed>
  /** Told of each letter that was taken, for the numbers. */
  readonly written: (kind: Letter['kind']) => void
  /** Whether a token of a new password is good; it stays good. */
  readonly mayReset: (token: string) => Promise<boolean>
  /** Whether a token of a sign-up is good; it stays good. */
  readonly mayConfirm: (token: string) => Promise<boolean>
  /** Uses the token up and sets the password, which ends every session. `unknown` for no good token, also of an account that is gone. */
  readonly reset: (token: string, password: string) => Promise<'set' | 'forbidden' | 'unknown'>
}

/** What somebody wants who signs up. */
export interface SignupWishes {
  readonly organization: string
  readonly address: string
  readonly password: string
  readonly locale: Language
}

/** How a request ended. `asked` says nothing of whether the address is known here: only mail to it does. */
export type Asked = { readonly kind: 'asked' } | { readonly kind: 'wait'; readonly waitMs: number } | { readonly kind: 'invalid-address' | 'invalid-password' | 'busy' }

/** Somebody who is nobody yet asks for an organization: the address in the request gets a mail. */
export async function askToSignUp(options: SignupOptions, client: string, wishes: SignupWishes): Promise<Asked> {
  const { pace, tasks, seal } = options
  const waitMs = pace.waitOfClient(client)
  if (waitMs > 0) return { kind: 'wait', waitMs }
  const to = addresseeOf(wishes.address)
  if (to === null) return { kind: 'invalid-address' }
  const sealed = await seal(wishes.password)
  if (!sealed.ok) return { kind: 'busy' }
  if (sealed.value === null) return { kind: 'invalid-password' }
  const { organization, locale } = wishes
  tasks.add('signup.failed', writeAboutSignup(options, to, { organization, login: to.login, locale, password: sealed.value }))
  return { kind: 'asked' }
}

/** Somebody has lost a password: the address gets a mail when it has an account. */
export async function askForPassword(options: SignupOptions, client: string, address: string): Promise<Asked> {
  const waitMs = options.pace.waitOfClient(client)
  if (waitMs > 0) return { kind: 'wait', waitMs }
  const to = addresseeOf(address)
  if (to === null) return { kind: 'invalid-address' }
  options.tasks.add('signup.failed', writeAboutPassword(options, to))
  return { kind: 'asked' }
}

async function writeAboutSignup(options: SignupOptions, to: Addressee, signup: Signup): Promise<void> {
  const { clock, origin, pace } = options
  if (!pace.mayWriteTo(to.login)) return options.log.info('signup.address_paced', {})
  const known = await options.known(to.login)
  if (known !== null) return await writeTo(options, to, known.locale, { kind: 'known', link: `${origin}/forgot` })
  const token = await options.token('signup', '', signup, clock.nowMs() + SIGNUP_MS)
  await writeTo(options, to, signup.locale, { kind: 'confirm', link: `${origin}/confirm/${token}?lang=${signup.locale}`, organization: signup.organization })
}

async function writeAboutPassword(options: SignupOptions, to: Addressee): Promise<void> {
  const { clock, origin, pace } = options
  if (!pace.mayWriteTo(to.login)) return options.log.info('signup.address_paced', {})
  const known = await options.known(to.login)
  if (known === null) return
  const token = await options.token('reset', known.account, null, clock.nowMs() + RESET_MS)
  await writeTo(options, to, known.locale, { kind: 'reset', link: `${origin}/reset/${token}?lang=${known.locale}` })
}
