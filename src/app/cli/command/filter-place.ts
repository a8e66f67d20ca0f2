import type { Command } from 'commander'
import type { OrganizationId } from '../../../base/brand.ts'
import { accountByLogin } from '../../../core/account/sql.ts'
import { domainNamed } from '../../../core/domain/sql.ts'
import type { EntryOwner } from '../../../core/filter/entry/entry.ts'
import type { Database } from '../../../infra/db/database.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { complain, EXIT } from '../say.ts'
import { onData, type ToolOptions } from '../tool.ts'

/** The options that say whose filter is meant. */
export interface PlaceOptions extends ToolOptions {
  readonly platform?: true
  readonly domain?: string
  readonly account?: string
}

/** Whose list is meant. `name` is how people call the owner. */
export interface Place {
  readonly organization: OrganizationId | ''
  readonly owner: EntryOwner
  readonly name: string
}

/** Gives a command the options. */
export function onOwner(command: Command): Command {
  return onData(command)
    .option('--platform', 'the list that holds for everybody')
    .option('--domain <name>', 'the list of one domain')
    .option('--account <address>', 'the list of one account')
}

/** Whose list the options name. Null after saying what is wrong. */
export async function placeOf(db: Database, { platform, domain, account }: PlaceOptions): Promise<Place | null> {
  if ([platform, domain, account].filter((option) => option !== undefined).length !== 1) {
    complain('say whose list: one of --platform, --domain and --account')
    return null
  }
  if (domain !== undefined) {
    const name = parseDomain(domain)
    const hosted = name === null ? null : await domainNamed(db, name)
    if (hosted === null) {
      complain(`we do not receive for ${domain}: "merpati domain list" shows what we do`, EXIT.failed)
      return null
    }
    return { organization: hosted.organization, owner: { kind: 'domain', domain: hosted.name }, name: hosted.name }
  }
  if (account === undefined) return { organization: '', owner: { kind: 'platform' }, name: 'the platform' }
  const owner = await accountByLogin(db, account.toLowerCase())
  if (owner === null) {
    complain(`there is no account ${account}`, EXIT.failed)
    return null
  }
  return { organization: owner.organization, owner: { kind: 'account', account: owner.id }, name: owner.login }
}

/** An owner, as people call it. */
export function ownerName(owner: EntryOwner): string {
  switch (owner.kind) {
    case 'platform':
      return 'the platform'
    case 'domain':
      return owner.domain
    case 'account':
      return owner.account
  }
}
