import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import { putShaping, type Shaping } from '../pool/sql-shaping.ts'
import { endSuspension } from '../pool/suspension.ts'
import { type AuthorDomain, authorKey, domainHold, holdChange, type HoldChange, holdId } from './domain-hold.ts'

/** Who has changed what senders read: none of them has this name. */
const HOLDER = 'domain hold'

const FAILING = statement<{ name: string; organization: string }, { failing: string }>('SELECT failing FROM domain_look WHERE name = $name AND organization = $organization')
const HELD = statement<{ key: string; name: string }, { state: string }>('SELECT state FROM shaping WHERE key = $key AND name = $name')

/** A domain that was looked at. */
export interface HoldDomainArgs extends AuthorDomain {
  /** What mail to many needs. Empty: nothing is held. */
  readonly needs: readonly string[]
  readonly nowMs: number
}

/** Holds what goes to many from a domain that fails what it needs, or lets it go on: by what the last looks have confirmed. deliverability §6.4. */
export const holdDomain = write('standing.hold_domain', function* (tx, { organization, domain, needs, nowMs }: HoldDomainArgs): Work<HoldChange> {
  const of = { organization, domain }
  const look = yield* tx.one(FAILING, { organization, name: domain })
  const failing = look === null ? [] : (JSON.parse(look.failing) as readonly string[]).filter((id) => needs.includes(id))
  const row = yield* tx.one(HELD, { key: authorKey(of), name: `user ${holdId(of)}` })
  const known = row === null ? null : (JSON.parse(row.state) as Shaping)
  const before = known?.by === 'user' ? known.suspension : null
  const wanted = failing.length === 0 ? null : domainHold(of, failing, nowMs)
  const change = holdChange(before, wanted)
  if (change === 'hold' && wanted !== null) yield* putShaping(tx, { by: 'user', suspension: wanted }, HOLDER, nowMs)
  // What a person ended is forgotten once nothing fails: the same fault later is a new one.
  if (wanted === null && before !== null && before.reason !== '') yield* putShaping(tx, { by: 'user', suspension: endSuspension({ ...before, reason: '' }, nowMs) }, HOLDER, nowMs)
  return change
})

/** Why what goes to many from a domain is held now; null when it is not. */
export async function heldFor(db: Database, of: AuthorDomain): Promise<string | null> {
  const row = await db.one(HELD, { key: authorKey(of), name: `user ${holdId(of)}` })
  const known = row === null ? null : (JSON.parse(row.state) as Shaping)
  return known?.by === 'user' && known.suspension.untilMs === null ? known.suspension.reason : null
}
