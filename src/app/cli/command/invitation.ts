import { type Command, Option } from 'commander'
import type { Domain } from '../../../base/brand.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { ROLES, type Role } from '../../../core/access/role.ts'
import { domainNamed } from '../../../core/domain/sql.ts'
import type { Invitation } from '../../../core/signup/invite/invitation.ts'
import { joinLink } from '../../../core/signup/invite/service.ts'
import { invitationOf, invitationsAfter, invite, withdrawInvitation } from '../../../core/signup/invite/sql.ts'
import { addresseeOf } from '../../../core/signup/letters.ts'
import type { Language } from '../../../core/signup/mail.ts'
import { userName } from '../audited.ts'
import { onOwned, type OwnedOptions, withOwner } from '../owned.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'

interface InviteOptions extends OwnedOptions {
  readonly role: Role
  readonly locale: Language
}

const REFUSALS = {
  member: 'is an account of the organization already',
  'over-plan': 'would be one account more than the plan of the organization allows',
  'too-many': 'was not invited: too many invitations wait (merpati invitation list)',
} as const

/** `merpati invitation`: people who are asked to join an organization with an address of their own. */
export function addInvitation(program: Command): void {
  const group = program.command('invitation').description('people who are asked to join an organization with an address of their own')
  onOwned(group.command('list', { isDefault: true }))
    .description('list who has not joined yet')
    .action((options: OwnedOptions) =>
      withOwner(options, async (owner, db) => {
        const all = await everyPage<Invitation>((last) => invitationsAfter(db, owner.id, last?.id ?? '', Date.now()))
        sayRows(all.map(shown), options, 'nobody is invited')
      }),
    )
  onOwned(group.command('add <address>'))
    .description('invite somebody, and print the link to join by, which works once and for a week: give it to nobody else (over HTTP the server writes to him)')
    .addOption(new Option('--role <role>', 'what he is to be').choices(ROLES.filter((role) => role !== 'domain_admin')).default('member'))
    .addOption(new Option('--locale <locale>', 'the language of the page, and of what we write to him').choices(['en', 'id']).default('en'))
    .action((address: string, options: InviteOptions) =>
      withOwner(options, async (owner, db, { login: { origin } }) => {
        const to = addresseeOf(address)
        if (to === null) return complain(`${address} is no address`)
        const { role, locale } = options
        if ((await domainNamed(db, to.address.domain as Domain))?.organization === owner.id) return complain(`${to.login} is of a domain of ${owner.name}: "merpati account add" makes the account`, EXIT.failed)
        const done = await invite(db, { organization: owner.id, login: to.login, role, locale, invitedBy: `operator ${userName()}`, nowMs: Date.now() })
        if (done.kind !== 'invited') return complain(`${to.login} ${REFUSALS[done.kind]}`, EXIT.failed)
        const link = joinLink(origin, done.token, locale)
        sayOne({ ...shown(done.invitation), link }, `${to.login} may join ${owner.name} as ${role} until ${isoTime(done.invitation.expiresMs)}: ${link}`, options)
      }),
    )
  onOwned(group.command('remove <address>'))
    .description('take an invitation back: its link leads nowhere from now on')
    .action((address: string, options: OwnedOptions) =>
      withOwner(options, async (owner, db) => {
        const found = await invitationOf(db, owner.id, address, Date.now())
        if (found === null) return complain(`${address} is not invited`, EXIT.failed)
        await db.write(withdrawInvitation, { organization: owner.id, id: found.id })
        sayOne({ id: found.id, address: found.login }, `${found.login} is not invited any more`, options)
      }),
    )
}

function shown({ id, login, role, locale, invitedBy, createdMs, expiresMs }: Invitation): Readonly<Record<string, unknown>> {
  return { id, address: login, role, locale, invitedBy, since: isoTime(createdMs), until: isoTime(expiresMs) }
}
