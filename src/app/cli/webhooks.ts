import type { Endpoint } from '../../core/webhook/endpoint.ts'
import { endpointById } from '../../core/webhook/sql-endpoint.ts'
import type { Database } from '../../infra/db/database.ts'
import type { Config } from '../config/config.ts'
import { type OwnedOptions, withOwner } from './owned.ts'
import { complain, EXIT } from './say.ts'

/** Runs a command on a webhook of the organization that is meant. */
export async function withEndpoint(id: string, options: OwnedOptions, run: (endpoint: Endpoint, db: Database, config: Config) => Promise<void>): Promise<void> {
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
