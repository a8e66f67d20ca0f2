import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../../infra/db/transaction.ts'
import { MAX_NEW_DOMAINS } from '../limits.ts'
import { newDomain, type NewDomain, takeDomainRoom, type TakenOfDomain } from './new-domain.ts'

const NEW = 'new'

const OWN = 'SELECT warming FROM domain WHERE name = $name'
const OF = statement<{ name: string }, { warming: string | null }>(OWN)
/** To be changed: on PostgreSQL others wait until it was. */
const LOCKED = statement<{ name: string }, { warming: string | null }>({ sqlite: OWN, postgres: `${OWN} FOR UPDATE` })
const PUT = statement<{ name: string; warming: string | null }>('UPDATE domain SET warming = $warming WHERE name = $name')
const ALL = statement<Record<never, never>, { name: string; created_ms: number }>(`SELECT name, created_ms FROM domain WHERE warming IS NOT NULL ORDER BY created_ms DESC LIMIT ${MAX_NEW_DOMAINS}`)

/** What is asked for in the name of a domain. */
export interface TakeDomainRoomArgs {
  readonly domain: string
  readonly site: string
  readonly provider: string | null
  readonly wanted: number
  readonly nowMs: number
}

/** Takes room in the name of a domain, for all senders together: what is granted counts as sent. Those that are not new get everything. */
export const takeNewDomainRoom = write('pool.take-domain-room', function* (tx, { domain: name, wanted, nowMs, ...to }: TakeDomainRoomArgs): Work<Omit<TakenOfDomain, 'domain'>> {
  const warming = (yield* tx.one(LOCKED, { name }))?.warming ?? null
  if (warming === null) return { granted: wanted, roomAgainMs: null }
  const { domain, ...taken } = takeDomainRoom(toNewDomain(warming), to, wanted, nowMs)
  yield* tx.run(PUT, { name, warming: domain === null ? null : JSON.stringify(domain) })
  return taken
})

/** Lets a domain warm up from the first day on, or no more, because it has a history elsewhere. False when there is none. */
export const setDomainWarmup = write('pool.set-domain-warmup', function* (tx, { domain, to }: { readonly domain: string; readonly to: 'on' | 'off' }): Work<boolean> {
  return (yield* tx.run(PUT, { name: domain, warming: to === 'on' ? NEW : null })) > 0
})

/** The day of its plan on which a domain is; `day` is null when it has a history. Null when there is no such domain. */
export async function newDomainDay(db: Database, name: string): Promise<{ readonly day: number | null } | null> {
  const row = await db.one(OF, { name })
  return row === null ? null : { day: row.warming === null ? null : toNewDomain(row.warming).day }
}

/** Domains that warm up, and since when they are here; the newest first. */
export function* newDomainsIn(tx: Tx): Work<ReadonlyMap<string, number>> {
  return new Map((yield* tx.all(ALL, {})).map(({ name, created_ms }) => [name, created_ms]))
}

function toNewDomain(warming: string): NewDomain {
  return warming === NEW ? newDomain() : (JSON.parse(warming) as NewDomain) // Written by `takeNewDomainRoom` only.
}
