import type { Domain, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { DkimKey } from './dkim.ts'

const INSERT = statement<{
  organization: string
  domain: string
  selector: string
  privateKey: string
  record: string
  createdMs: number
  activeMs: number
}>(`INSERT INTO dkim_key (organization, domain, selector, private_key, record, created_ms, active_ms, retired_ms)
  VALUES ($organization, $domain, $selector, $privateKey, $record, $createdMs, $activeMs, NULL)`)

const RETIRE = statement<{ organization: string; domain: string; atMs: number }>(
  `UPDATE dkim_key SET retired_ms = $atMs WHERE organization = $organization AND domain = $domain AND (retired_ms IS NULL OR retired_ms > $atMs)`,
)

const FORGET = statement<{ organization: string; domain: string }>('DELETE FROM dkim_key WHERE organization = $organization AND domain = $domain')

interface Row {
  readonly selector: string
  readonly private_key: string
  readonly record: string
  readonly created_ms: number
  readonly active_ms: number
  readonly retired_ms: number | null
}

const LIST = statement<{ organization: string; domain: string }, Row>(
  `SELECT selector, private_key, record, created_ms, active_ms, retired_ms FROM dkim_key
  WHERE organization = $organization AND domain = $domain ORDER BY active_ms, selector LIMIT 500`,
)

/** New keys, with the domain they sign for. */
export interface AddKeysArgs {
  readonly organization: OrganizationId
  readonly domain: Domain
  readonly keys: readonly DkimKey[]
}

/** Adds keys to a domain. Those that it has sign until the new ones do, and are published a while longer: rotation without a gap. */
export const addDkimKeys = write('domain.dkim', function* (tx, { organization, domain, keys }: AddKeysArgs): Work<void> {
  const [first] = keys
  if (first === undefined) return
  yield* tx.run(RETIRE, { organization, domain, atMs: first.activeMs })
  for (const { selector, privateKey, record, createdMs, activeMs } of keys) {
    yield* tx.run(INSERT, { organization, domain, selector, privateKey, record, createdMs, activeMs })
  }
})

/** Removes a domain's keys, inside the write that removes the domain. */
export function* forgetKeys(tx: Tx, organization: OrganizationId, domain: Domain): Work<void> {
  yield* tx.run(FORGET, { organization, domain })
}

/** The keys of a domain of an organization, retired ones too; none when it is not theirs. */
export async function dkimKeysOf(db: Database, organization: OrganizationId, domain: Domain): Promise<readonly DkimKey[]> {
  const rows = await db.all(LIST, { organization, domain })
  return rows.map((row) => ({
    selector: row.selector,
    privateKey: row.private_key,
    record: row.record,
    createdMs: row.created_ms,
    activeMs: row.active_ms,
    retiredMs: row.retired_ms,
  }))
}
