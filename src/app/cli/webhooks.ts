import type { Command } from 'commander'
import type { Organization } from '../../core/organization/organization.ts'
import type { Endpoint } from '../../core/webhook/endpoint.ts'
import { endpointById } from '../../core/webhook/sql-endpoint.ts'
import type { Database } from '../../infra/db/database.ts'
import type { Config } from '../config/config.ts'
import { ownerOf } from './owner.ts'
import { complain, EXIT } from './say.ts'
import { onData, type ToolOptions, withData } from './tool.ts'

/** What commands on webhooks share. */
export interface WebhookOptions extends ToolOptions {
  readonly organization?: string
}

/** Adds the options that every command on webhooks has. */
export function onWebhooks(command: Command): Command {
  return onData(command).option('--organization <name>', 'whose, when there are several')
}

/** Runs a command for the organization that is meant. */
export async function withOwner(options: WebhookOptions, run: (owner: Organization, db: Database, config: Config) => Promise<void>): Promise<void> {
  await withData(options, async (db, config) => {
    const owner = await ownerOf(db, options.organization)
    if (owner !== null) await run(owner, db, config)
  })
}

/** Runs a command on a webhook of the organization that is meant. */
export async function withEndpoint(id: string, options: WebhookOptions, run: (endpoint: Endpoint, db: Database, config: Config) => Promise<void>): Promise<void> {
  await withOwner(options, async (owner, db, config) => {
    const endpoint = await endpointById(db, owner.id, id)
    if (endpoint === null) noWebhook(id)
    else await run(endpoint, db, config)
  })
}

/** Says that there is no such webhook. */
export function noWebhook(id: string): void {
  complain(`there is no webhook ${id}: "merpati webhook list" shows them`, EXIT.failed)
}
