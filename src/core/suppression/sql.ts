import type { DeliveryId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { erasedNameOf } from './sql-erased.ts'
import { foldAddress, type Scope, type Suppression, type Traffic } from './suppression.ts'

/** An address that was removed once and comes back stays for so long, whoever asks. deliverability §4.5. */
const LOCK_MS = 90 * 24 * 3_600_000

interface Row {
  readonly organization: OrganizationId | ''
  readonly address: string
  readonly scope: Scope
  readonly category: string
  readonly reason: string
  readonly delivery: DeliveryId | null
  readonly created_ms: number
  readonly expires_ms: number | null
  readonly locked_ms: number | null
}

const COLUMNS = 'organization, address, scope, category, reason, delivery, created_ms, expires_ms, locked_ms'

const PUT = statement<{
  organization: string
  address: string
  scope: string
  category: string
  reason: string
  delivery: string | null
  createdMs: number
  expiresMs: number | null
  lockedMs: number
}>(`INSERT INTO suppression (organization, address, scope, category, reason, delivery, created_ms, expires_ms, locked_ms, removed_ms)
  VALUES ($organization, $address, $scope, $category, $reason, $delivery, $createdMs, $expiresMs, NULL, NULL)
  ON CONFLICT (organization, address, scope) DO UPDATE SET category = excluded.category, reason = excluded.reason, delivery = excluded.delivery,
    created_ms = excluded.created_ms, expires_ms = excluded.expires_ms, removed_ms = NULL,
    locked_ms = CASE WHEN suppression.removed_ms IS NULL THEN suppression.locked_ms ELSE $lockedMs END`)

const REMOVE = statement<{ organization: string; address: string; erased: string; nowMs: number }>(
  `UPDATE suppression SET removed_ms = $nowMs
  WHERE organization = $organization AND address IN ($address, $erased) AND removed_ms IS NULL AND (locked_ms IS NULL OR locked_ms <= $nowMs)`,
)

// The system's own list ('') and the organization's, the gravest first.
const FIND = statement<{ organization: string; address: string; erased: string; nowMs: number; broadcast: number }, Row>(
  `SELECT ${COLUMNS} FROM suppression
  WHERE address IN ($address, $erased) AND organization IN ('', $organization) AND removed_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $nowMs)
    AND (scope = 'all' OR $broadcast = 1)
  ORDER BY scope, organization LIMIT 1`,
)

const LIST = statement<{ organization: string; address: string; scope: string; nowMs: number }, Row>(
  `SELECT ${COLUMNS} FROM suppression
  WHERE organization = $organization AND (address, scope) > ($address, $scope) AND removed_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $nowMs)
  ORDER BY address, scope LIMIT 500`,
)

const OF = statement<{ organization: string; address: string; erased: string; nowMs: number }, Row>(
  `SELECT ${COLUMNS} FROM suppression
  WHERE organization = $organization AND address IN ($address, $erased) AND removed_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $nowMs) ORDER BY scope`,
)

/** Puts an entry on the list, inside another write. A newer one of the same scope takes the place of the old. */
export function* putSuppression(tx: Tx, entry: Suppression): Work<void> {
  yield* tx.run(PUT, { ...entry, address: foldAddress(entry.address), reason: entry.reason.slice(0, 500), lockedMs: entry.createdMs + LOCK_MS })
}

/** Puts an entry on the list. */
export const suppress = write('suppression.put', function* (tx, entry: Suppression): Work<void> {
  yield* putSuppression(tx, entry)
})

/** Takes an address off an organization's list. `locked`: it came back after a removal, and stays for a while. */
export const unsuppress = write('suppression.remove', function* (tx, args: { readonly organization: OrganizationId | ''; readonly address: string; readonly nowMs: number }): Work<'removed' | 'locked' | 'none'> {
  const address = foldAddress(args.address)
  const named = { ...args, address, erased: yield* erasedNameOf(tx, address) }
  if ((yield* tx.run(REMOVE, named)) > 0) return 'removed'
  return (yield* tx.one(FIND, { ...named, broadcast: 1 })) === null ? 'none' : 'locked'
})

/** Why an address is not written to; null when it is. For a write that queues or hands out deliveries. */
export function* suppressionOf(tx: Tx, organization: OrganizationId, address: string, traffic: Traffic, nowMs: number): Work<Suppression | null> {
  const folded = foldAddress(address)
  const row = yield* tx.one(FIND, { organization, address: folded, erased: yield* erasedNameOf(tx, folded), nowMs, broadcast: Number(traffic === 'broadcast') })
  return row === null ? null : toSuppression(row)
}

/** At most 500 entries of a list that hold now, in order of address; `after` is the last one of the page before, null begins. */
export async function suppressionsAfter(db: Database, organization: OrganizationId | '', after: Pick<Suppression, 'address' | 'scope'> | null, nowMs: number): Promise<readonly Suppression[]> {
  const { address, scope } = after ?? { address: '', scope: '' }
  return (await db.all(LIST, { organization, address, scope, nowMs })).map(toSuppression)
}

/** The entries of one address on a list that hold now, the one that stops most first. */
export async function suppressionsOf(db: Database, organization: OrganizationId | '', address: string, nowMs: number): Promise<readonly Suppression[]> {
  const folded = foldAddress(address)
  const rows = await db.read(function* (tx) {
    return yield* tx.all(OF, { organization, address: folded, erased: yield* erasedNameOf(tx, folded), nowMs })
  })
  return rows.map(toSuppression)
}

function toSuppression(row: Row): Suppression {
  return {
    organization: row.organization,
    address: row.address,
    scope: row.scope,
    category: row.category,
    reason: row.reason,
    delivery: row.delivery,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    lockedMs: row.locked_ms,
  }
}
