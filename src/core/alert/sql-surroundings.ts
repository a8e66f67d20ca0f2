import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { DAY_MS } from '../../base/duration.ts'
import { MAX_ALERTS } from './limits.ts'
import type { FullMailbox, GrownList, Surroundings } from './surroundings.ts'

/** Nine tenths: deliverability §6.6. */
const FULL = statement<Record<never, never>, { organization: OrganizationId; login: string; used_bytes: number; quota_bytes: number }>(
  `SELECT organization, login, used_bytes, quota_bytes FROM account WHERE state = 'active' AND quota_bytes > 0 AND used_bytes * 10 >= quota_bytes * 9
  ORDER BY organization, login LIMIT ${MAX_ALERTS}`,
)

// What a person added, one by one or by import, is no surprise to anybody. Addresses in several scopes count as one.
const GROWN = statement<{ sinceMs: number; nowMs: number }, { organization: OrganizationId; added: number | string; total: number | string }>(
  `SELECT organization, COUNT(DISTINCT CASE WHEN created_ms > $sinceMs AND category <> 'manual' THEN address END) AS added, COUNT(DISTINCT address) AS total FROM suppression
  WHERE organization <> '' AND removed_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $nowMs)
  GROUP BY organization HAVING COUNT(CASE WHEN created_ms > $sinceMs AND category <> 'manual' THEN 1 END) > 0 ORDER BY organization LIMIT ${MAX_ALERTS}`,
)

// One who may not see how far they are (a role without pg_monitor) gets NULL, and no alert.
const REPLICAS = statement<Record<never, never>, { name: string; behind_ms: number }>({
  sqlite: "SELECT '' AS name, 0 AS behind_ms WHERE 0 = 1",
  postgres: `SELECT application_name || ' ' || COALESCE(client_addr::text, '') AS name, COALESCE(EXTRACT(EPOCH FROM replay_lag), 0)::float8 * 1000 AS behind_ms
    FROM pg_stat_replication ORDER BY 1 LIMIT 50`,
})
// A copy that is away is no row of the above. Its slot keeps what it has not read, until the disk is full.
const AWAY = statement<Record<never, never>, { name: string }>({
  sqlite: "SELECT '' AS name WHERE 0 = 1",
  postgres: `SELECT slot_name::text AS name FROM pg_replication_slots WHERE NOT active AND NOT temporary ORDER BY 1 LIMIT 50`,
})

const CLOCK = statement<Record<never, never>, { now_ms: number }>({
  sqlite: 'SELECT 0 AS now_ms WHERE 0 = 1',
  postgres: 'SELECT EXTRACT(EPOCH FROM clock_timestamp())::float8 * 1000 AS now_ms',
})

/** Accounts that are nine tenths full. It looks at every account: not to be asked every minute. */
export async function fullMailboxes(db: Database): Promise<readonly FullMailbox[]> {
  return (await db.all(FULL, {})).map(({ organization, login, used_bytes: used, quota_bytes: quota }) => ({ organization, login, used: used / quota }))
}

/** Suppression lists that have grown within a day. It looks at every entry: not to be asked every minute. */
export async function grownLists(db: Database, nowMs: number): Promise<readonly GrownList[]> {
  return (await db.all(GROWN, { sinceMs: nowMs - DAY_MS, nowMs })).map(({ organization, added, total }) => ({ organization, added: Number(added), before: Number(total) - Number(added) }))
}

/** Copies that follow this database; none of SQLite. */
export async function replicas(db: Database): Promise<Surroundings['replicas']> {
  return (await db.all(REPLICAS, {})).map(({ name, behind_ms: behindMs }) => ({ name: name.trim(), behindMs }))
}

/** Slots of copies that do not follow now; none of SQLite. Since when, PostgreSQL does not say before version 17. */
export async function awaySlots(db: Database): Promise<readonly string[]> {
  return (await db.all(AWAY, {})).map(({ name }) => name)
}

/** How far our clock is from that of the database's machine: positive when ours is behind. Null where the database has none of its own. */
export async function databaseClockOffMs(db: Database, nowMs: () => number): Promise<number | null> {
  const askedMs = nowMs()
  const told = await db.one(CLOCK, {})
  return told === null ? null : told.now_ms - (askedMs + nowMs()) / 2
}
