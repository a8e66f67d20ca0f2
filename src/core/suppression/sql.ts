import type { DeliveryId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { erasedName, erasedNameOf, hashOf, subjectKey } from './sql-erased.ts'
import { domainOf, foldAddress, type Scope, streamScope, type Suppression, type Traffic, wholeDomain } from './suppression.ts'

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
  readonly undo: DeliveryId | null
}

const COLUMNS = 'organization, address, scope, category, reason, delivery, created_ms, expires_ms, locked_ms, undo'

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
  undo: string | null
}>(`INSERT INTO suppression (organization, address, scope, category, reason, delivery, created_ms, expires_ms, locked_ms, removed_ms, undo)
  VALUES ($organization, $address, $scope, $category, $reason, $delivery, $createdMs, $expiresMs, NULL, NULL, $undo)
  ON CONFLICT (organization, address, scope) DO UPDATE SET category = excluded.category, reason = excluded.reason, delivery = excluded.delivery,
    created_ms = excluded.created_ms, expires_ms = excluded.expires_ms, removed_ms = NULL, undo = excluded.undo,
    locked_ms = CASE WHEN suppression.removed_ms IS NULL OR suppression.undo IS NOT NULL THEN suppression.locked_ms ELSE $lockedMs END`)

// One statement, so that nothing comes between: what others put there for good stays as it is, and what they put there for a while becomes lasting, but nobody's to take back.
const PUT_OWN = statement<{ organization: string; address: string; scope: string; reason: string; undo: string; nowMs: number; lockedMs: number }>(
  `INSERT INTO suppression (organization, address, scope, category, reason, delivery, created_ms, expires_ms, locked_ms, removed_ms, undo)
  VALUES ($organization, $address, $scope, 'unsubscribe', $reason, $undo, $nowMs, NULL, NULL, NULL, $undo)
  ON CONFLICT (organization, address, scope) DO UPDATE SET category = excluded.category, reason = excluded.reason, delivery = excluded.delivery,
    created_ms = excluded.created_ms, expires_ms = NULL, removed_ms = NULL,
    undo = CASE WHEN suppression.removed_ms IS NULL AND suppression.expires_ms > $nowMs THEN NULL ELSE excluded.undo END,
    locked_ms = CASE WHEN suppression.removed_ms IS NULL OR suppression.undo IS NOT NULL THEN suppression.locked_ms ELSE $lockedMs END
  WHERE suppression.removed_ms IS NOT NULL OR suppression.expires_ms IS NOT NULL`,
)

const REMOVE = statement<{ organization: string; address: string; erased: string; nowMs: number }>(
  `UPDATE suppression SET removed_ms = $nowMs, undo = NULL
  WHERE organization = $organization AND address IN ($address, $erased) AND removed_ms IS NULL AND (locked_ms IS NULL OR locked_ms <= $nowMs)`,
)

// What was taken back by its maker keeps its mark: that it comes again is no reason to lock it.
const TAKE_BACK = statement<{ organization: string; address: string; scope: string; undo: string; nowMs: number }>(
  `UPDATE suppression SET removed_ms = $nowMs
  WHERE organization = $organization AND address = $address AND scope = $scope AND undo = $undo AND category = 'unsubscribe' AND removed_ms IS NULL`,
)

// The system's own list ('') and the organization's, the gravest first.
const FIND = statement<{ organization: string; address: string; erased: string; domain: string; nowMs: number; broadcast: number; stream: string }, Row>(
  `SELECT ${COLUMNS} FROM suppression
  WHERE address IN ($address, $erased, $domain) AND organization IN ('', $organization) AND removed_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $nowMs)
    AND (scope = 'all' OR (scope = 'broadcast' AND $broadcast = 1) OR scope = $stream)
  ORDER BY scope, organization LIMIT 1`,
)

const LIFT = statement<{ address: string }>("DELETE FROM suppression WHERE organization = '' AND address = $address AND scope = 'all' AND category = 'bad-domain' AND removed_ms IS NULL")

const LISTED = statement<{ organization: string; addresses: string }, { address: string }>({
  sqlite: `SELECT DISTINCT address FROM suppression WHERE organization IN ('', $organization) AND address IN (SELECT value FROM json_each($addresses)) LIMIT 500`,
  postgres: `SELECT DISTINCT address FROM suppression WHERE organization IN ('', $organization) AND address IN (SELECT json_array_elements_text($addresses::json)) LIMIT 500`,
})

const LIST = statement<{ organization: string; address: string; scope: string; nowMs: number }, Row>(
  `SELECT ${COLUMNS} FROM suppression
  WHERE organization = $organization AND (address, scope) > ($address, $scope) AND removed_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $nowMs)
  ORDER BY address, scope LIMIT 500`,
)

const OF = statement<{ organization: string; address: string; erased: string; nowMs: number }, Row>(
  `SELECT ${COLUMNS} FROM suppression
  WHERE organization = $organization AND address IN ($address, $erased) AND removed_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $nowMs) ORDER BY scope`,
)
const HOLDING = statement<{ organization: string; address: string; erased: string; nowMs: number }, Row>(
  `SELECT ${COLUMNS} FROM suppression
  WHERE organization IN ('', $organization) AND address IN ($address, $erased) AND removed_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $nowMs) ORDER BY scope, organization`,
)

/** Puts an entry on the list, inside another write. A newer one of the same scope takes the place of the old. */
export function* putSuppression(tx: Tx, entry: Suppression): Work<void> {
  yield* tx.run(PUT, { ...entry, undo: entry.undo ?? null, address: foldAddress(entry.address), reason: entry.reason.slice(0, 500), lockedMs: entry.createdMs + LOCK_MS })
}

/** Takes a domain off the system's own list, where it stood because there was no such domain. */
export function* liftDomain(tx: Tx, domain: string): Work<void> {
  yield* tx.run(LIFT, { address: wholeDomain(domain) })
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
  return (yield* tx.all(HOLDING, named)).length === 0 ? 'none' : 'locked'
})

/** Mail that the list is asked for. */
export interface SentKind {
  readonly traffic: Traffic
  readonly stream: string
}

/** Why an address is not written to; null when it is. For a write that queues or hands out deliveries. */
export function* suppressionOf(tx: Tx, organization: OrganizationId, address: string, { traffic, stream }: SentKind, nowMs: number): Work<Suppression | null> {
  const folded = foldAddress(address)
  const row = yield* tx.one(FIND, { organization, address: folded, erased: yield* erasedNameOf(tx, folded), domain: wholeDomain(domainOf(folded)), nowMs, broadcast: Number(traffic === 'broadcast'), stream: streamScope(stream) })
  return row === null ? null : toSuppression(row)
}

/** Addresses asked about in one statement: with the names that they would have if they were erased, and their domains, fewer than it may give. */
const ASKED_AT_ONCE = 150

/** Those of many addresses that stand on the list of an organization or on the system's own, for whatever mail and however long: only about these `suppressionOf` need be asked. Folded. */
export function* listedAmong(tx: Tx, organization: OrganizationId, addresses: readonly string[]): Work<ReadonlySet<string>> {
  const listed = new Set<string>()
  const key = yield* subjectKey(tx)
  const folded = [...new Set(addresses.map(foldAddress))]
  for (let at = 0; at < folded.length; at += ASKED_AT_ONCE) {
    const names = new Map<string, readonly string[]>()
    for (const address of folded.slice(at, at + ASKED_AT_ONCE)) {
      const whole = wholeDomain(domainOf(address))
      names.set(address, [address])
      names.set(whole, [...(names.get(whole) ?? []), address])
      if (key !== null) names.set(erasedName(hashOf(key, address)), [address])
    }
    for (const { address } of yield* tx.all(LISTED, { organization, addresses: JSON.stringify([...names.keys()]) })) for (const each of names.get(address) ?? []) listed.add(each)
  }
  return listed
}

/** All that holds for an address, on the list of an organization and on the system's own, that for most mail first. */
export function* suppressionsWithin(tx: Tx, organization: OrganizationId, address: string, nowMs: number): Work<readonly Suppression[]> {
  const folded = foldAddress(address)
  return (yield* tx.all(HOLDING, { organization, address: folded, erased: yield* erasedNameOf(tx, folded), nowMs })).map(toSuppression)
}

/** What the recipient of a delivery stops himself. */
export interface OwnStop {
  readonly organization: OrganizationId
  readonly address: string
  readonly scope: Scope
  readonly reason: string
  /** The delivery. Only whoever holds its token takes this back. */
  readonly undo: DeliveryId
  readonly nowMs: number
}

/** Puts on the list what the recipient of a delivery stops himself. An entry of others that holds for good stays, and is not his to take back. Returns whether something was put there. */
export function* putOwnSuppression(tx: Tx, { address, reason, ...stop }: OwnStop): Work<boolean> {
  return (yield* tx.run(PUT_OWN, { ...stop, address: foldAddress(address), reason: reason.slice(0, 500), lockedMs: stop.nowMs + LOCK_MS })) === 1
}

/** Takes back what the recipient of a delivery has stopped himself, in that scope; what anybody or anything else put there stays. Returns whether something was. */
export function* takeBackSuppression(tx: Tx, { address, ...args }: { readonly organization: OrganizationId; readonly address: string; readonly scope: Scope; readonly undo: DeliveryId; readonly nowMs: number }): Work<boolean> {
  return (yield* tx.run(TAKE_BACK, { ...args, address: foldAddress(address) })) === 1
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
    undo: row.undo,
  }
}
