import { type Command, Option } from 'commander'
import { allScopes } from '../../../core/access/rights.ts'
import { rightsOfRole, ROLES, type Role } from '../../../core/access/role.ts'
import { accountByLogin } from '../../../core/account/sql.ts'
import { setRole } from '../../../core/account/sql-role.ts'
import { collected, domainOf } from '../bounds.ts'
import { complain, EXIT, sayOne } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface RoleOptions extends ToolOptions {
  readonly set?: Role
  readonly domain?: readonly string[]
}

/** `merpati account role`: what an account is to its organization. */
export function addRole(group: Command): void {
  onData(group.command('role <address>'))
    .description('show what an account may do, or give it another role')
    .addOption(new Option('--set <role>', 'its role from now on').choices(ROLES))
    .option('--domain <name...>', 'the domains that a domain_admin administers', collected(domainOf))
    .action((address: string, options: RoleOptions) =>
      withData(options, async (db) => {
        const account = await accountByLogin(db, address.toLowerCase())
        if (account === null) return complain(`there is no account ${address}`, EXIT.failed)
        const { id, organization, login } = account
        const role = options.set ?? account.role
        const domains = options.set === undefined ? account.roleDomains : (options.domain ?? null)
        if ((options.domain !== undefined) !== (options.set === 'domain_admin')) return complain('--domain names the domains of --set domain_admin, and of nobody else')
        if (options.set !== undefined && (await db.write(setRole, { organization, id, role, domains })) === 'last-owner') return complain(lastOwner(login), EXIT.failed)
        const scopes = allScopes(rightsOfRole(role, domains).scopes)
        sayOne({ id, role, domains, scopes }, `${login}: ${role}${domains === null ? '' : ` of ${domains.join(', ')}`}; may ${scopes.join(', ') || 'read and send mail of its own'}`, options)
      }),
    )
}

/** Why an account keeps its role. */
export function lastOwner(login: string): string {
  return `${login} is the last owner of its organization: "merpati account role" makes somebody else one first`
}
