import { type Routed, routeOf } from '../core/outbound/route-of.ts'
import type { Names } from '../core/outbound/port.ts'
import type { Database } from '../infra/db/database.ts'
import type { Config } from './config/config.ts'
import { chosenRoutesOf, routesOf } from './outbound.ts'

/** How long DNS may take to say who serves a domain. */
const LOOK_UP_MS = 15_000

/** Finds the servers of a domain as senders do, for whoever asks about it. */
export async function routedTo(domain: string, { db, config, names }: { readonly db: Database; readonly config: Config; readonly names: Names }): Promise<Routed> {
  const chosenRoutes = chosenRoutesOf(db)
  await chosenRoutes.refresh()
  const settings = { ...routesOf(config), chosen: (name: string) => chosenRoutes.of(name), keepsFor: (name: string) => chosenRoutes.keepsFor(name) }
  return await routeOf(domain, settings, names, Math.random, AbortSignal.timeout(LOOK_UP_MS))
}
