import type { Domain, OrganizationId } from '../../../base/brand.ts'
import type { SealedPassword } from '../../access/sql-credential.ts'
import { addresseeOf, writeTo } from '../letters.ts'
import type { SignupOptions } from '../service.ts'
import type { Invitation, Joined } from './invitation.ts'
import type { Invited, InviteArgs } from './sql.ts'

/** What inviting is made of. */
export interface InviteOptions extends Pick<SignupOptions, 'clock' | 'log' | 'tasks' | 'pace' | 'host' | 'origin' | 'receive' | 'sender' | 'seal' | 'known' | 'written'> {
  /** Whether an organization has its mail of a domain here: accounts of that are made, not invited. */
  readonly isOwn: (organization: OrganizationId, domain: Domain) => Promise<boolean>
  /** How an organization is called. */
  readonly called: (organization: OrganizationId) => Promise<string>
  readonly invite: (args: InviteArgs) => Promise<Invited>
  /** The invitation of a token, and how its organization is called; null when it is good for nothing. */
  readonly open: (token: string) => Promise<{ readonly invitation: Invitation; readonly called: string } | null>
  readonly join: (token: string, person: { readonly name: string | null; readonly password: SealedPassword }) => Promise<Joined>
}

/** Whom to invite, as what. */
export interface InviteWishes extends Pick<InviteArgs, 'organization' | 'role' | 'locale' | 'invitedBy'> {
  readonly email: string
}

/** How it ended. `own`: the address is of a domain of the organization, whose accounts are made. `paced`: it has got as many mails as it may. */
export type InviteOutcome =
  | { readonly kind: 'invited'; readonly invitation: Invitation }
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'invalid-address' | 'own' | 'paced' | 'member' | 'over-plan' | 'too-many' }

/** Invites somebody, and writes to him. Whoever invites does not learn whether the address has an account of another organization. */
export async function inviteByMail(options: InviteOptions, { email, ...wishes }: InviteWishes): Promise<InviteOutcome> {
  const { clock, origin, pace, tasks } = options
  const to = addresseeOf(email)
  if (to === null) return { kind: 'invalid-address' }
  if (await options.isOwn(wishes.organization, to.address.domain as Domain)) return { kind: 'own' } // An addressee has a domain.
  const waitMs = pace.waitOfInviter(wishes.organization)
  if (waitMs > 0) return { kind: 'wait', waitMs }
  if (!pace.mayWriteTo(to.login)) return { kind: 'paced' }
  const done = await options.invite({ ...wishes, login: to.login, nowMs: clock.nowMs() })
  if (done.kind !== 'invited') return done
  const { invitation, token } = done
  const link = joinLink(origin, token, invitation.locale)
  const write = async (): Promise<void> => {
    const [organization, known] = await Promise.all([options.called(invitation.organization), options.known(to.login)])
    await writeTo(options, to, invitation.locale, known === null ? { kind: 'invited', link, organization } : { kind: 'invited-known', organization })
  }
  tasks.add('signup.failed', write())
  return { kind: 'invited', invitation }
}

/** The address of the page on which somebody joins, in his language. */
export function joinLink(origin: string, token: string, locale: Invitation['locale']): string {
  return `${origin}/join/${token}?lang=${locale}`
}

/** What somebody chooses who joins. */
export interface JoinWishes {
  readonly name: string | null
  readonly password: string
}

/** Follows an invitation. A password is sealed only for a token that is good: that is work. */
export async function acceptInvitation({ join, log, open, seal }: InviteOptions, token: string, { name, password }: JoinWishes): Promise<Joined | { readonly kind: 'busy' | 'invalid-password' }> {
  if ((await open(token)) === null) return { kind: 'unknown' }
  const sealed = await seal(password)
  if (!sealed.ok) return { kind: 'busy' }
  if (sealed.value === null) return { kind: 'invalid-password' }
  const joined = await join(token, { name, password: sealed.value })
  log.info('signup.joined', { kind: joined.kind })
  return joined
}
