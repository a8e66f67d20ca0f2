import type { Command } from 'commander'
import type { Organization } from '../../core/organization/organization.ts'
import type { Database } from '../../infra/db/database.ts'
import type { Config } from '../config/config.ts'
import { ownerOf } from './owner.ts'
import { onData, type ToolOptions, withData } from './tool.ts'

/** What commands on things of one organization share. */
export interface OwnedOptions extends ToolOptions {
  readonly organization?: string
}

/** Adds the options that every command on things of one organization has. */
export function onOwned(command: Command): Command {
  return onData(command).option('--organization <name>', 'whose, when there are several')
}

/** Runs a command for the organization that is meant. */
export async function withOwner(options: OwnedOptions, run: (owner: Organization, db: Database, config: Config) => Promise<void>): Promise<void> {
  await withData(options, async (db, config) => {
    const owner = await ownerOf(db, options.organization)
    if (owner !== null) await run(owner, db, config)
  })
}
