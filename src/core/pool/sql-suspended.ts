import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'
import { scopeKey } from './rule.ts'
import { providerOfSite } from './site.ts'
import type { Shaping } from './sql-shaping.ts'
import { isInForce } from './suspension.ts'
import { WARMUP_GROUPS, type WarmupGroup } from './table/warmup.ts'
import { groupOf } from './warmup.ts'

// Looked through once for each warming source and day: there are few rows, and keys have no order that both databases agree on.
const OF_SOURCE = statement<{ all: string; sites: string }, { key: string; state: string }>(
  'SELECT key, state FROM shaping WHERE key = $all OR substr(key, 1, length($sites)) = $sites LIMIT 500',
)

/** The groups of providers to which a source was suspended at a time, as far as rules and people have said so of it. */
export function* suspendedGroups(tx: Tx, source: string, atMs: number): Work<ReadonlySet<WarmupGroup>> {
  const about = { source, organization: null, stream: null }
  const [all, sites] = [scopeKey('source', { ...about, site: '' }) ?? '', scopeKey('source-site', { ...about, site: '' }) ?? '']
  const rows = yield* tx.all(OF_SOURCE, { all, sites })
  const inForce = rows.filter(({ state }) => {
    const shaping = JSON.parse(state) as Shaping // Written by `putShaping` only.
    const suspension = shaping.by === 'user' ? shaping.suspension : (shaping.entry.active?.suspension ?? null)
    return suspension !== null && suspension.what !== 'slow' && suspension.startedMs < atMs && isInForce(suspension, atMs)
  })
  return new Set(inForce.flatMap(({ key }) => (key === all ? WARMUP_GROUPS : groupOf(providerOfSite(key.slice(sites.length))))))
}
