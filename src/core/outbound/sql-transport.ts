import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import { relayDomainsAfter } from '../route/sql-relay.ts'
import type { Transport } from './transport.ts'

/** Transports, more than anybody has: all of them are held in memory. */
const MAX_TRANSPORTS = 10_000

const PUT = statement<{ pattern: string; route: string }>(
  'INSERT INTO transport (pattern, route) VALUES ($pattern, $route) ON CONFLICT (pattern) DO UPDATE SET route = excluded.route',
)
const REMOVE = statement<{ pattern: string }>('DELETE FROM transport WHERE pattern = $pattern')
const ALL = statement<Record<never, never>, { pattern: string; route: string }>(`SELECT pattern, route FROM transport ORDER BY pattern LIMIT ${MAX_TRANSPORTS}`)

/** Says where mail for a domain, all below one (`*.example`) or all (`*`) goes. Its password is kept as it is: who reads the database reads mail. */
export const putTransport = write('outbound.put_transport', function* (tx, args: { readonly pattern: string; readonly transport: Transport }): Work<void> {
  yield* tx.run(PUT, { pattern: args.pattern, route: JSON.stringify(args.transport) })
})

/** Leaves it to the usual way. False when nothing was said. */
export const removeTransport = write('outbound.remove_transport', function* (tx, args: { readonly pattern: string }): Work<boolean> {
  return (yield* tx.run(REMOVE, args)) === 1
})

/** All that is said, by pattern. */
export async function allTransports(db: Database): Promise<Readonly<Record<string, Transport>>> {
  const rows = await db.all(ALL, {})
  return Object.fromEntries(rows.map(({ pattern, route }) => [pattern, JSON.parse(route) as Transport]))
}

/** Domains that we keep mail for, and the servers of those that have some named. */
export async function allRelayDomains(db: Database): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>()
  for (let after: string | null = ''; after !== null; ) {
    const page: Awaited<ReturnType<typeof relayDomainsAfter>> = await relayDomainsAfter(db, after)
    for (const { name, hosts } of page) found.set(name, hosts)
    after = page.at(-1)?.name ?? null
  }
  return found
}
