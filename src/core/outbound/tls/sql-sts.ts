import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Work, write } from '../../../infra/db/transaction.ts'
import type { StsPolicy } from '../../../proto/mtasts/policy.ts'
import type { KeptPolicy, StsStore } from './sts-store.ts'

/** Rows removed in one write. */
const CHUNK = 500

interface Row {
  readonly id: string
  readonly policy: string
  readonly fetched_ms: number
  readonly until_ms: number
}

const GET = statement<{ domain: string }, Row>('SELECT id, policy, fetched_ms, until_ms FROM sts_policy WHERE domain = $domain')

const PUT = statement<{ domain: string; id: string; policy: string; fetchedMs: number; untilMs: number }>(
  `INSERT INTO sts_policy (domain, id, policy, fetched_ms, until_ms) VALUES ($domain, $id, $policy, $fetchedMs, $untilMs)
  ON CONFLICT (domain) DO UPDATE SET id = excluded.id, policy = excluded.policy, fetched_ms = excluded.fetched_ms, until_ms = excluded.until_ms`,
)

const FORGET = statement<{ beforeMs: number }>(
  `DELETE FROM sts_policy WHERE domain IN (SELECT domain FROM sts_policy WHERE until_ms < $beforeMs ORDER BY until_ms LIMIT ${CHUNK})`,
)

/** Keeps a policy in place of the one from before. */
export const keepPolicy = write('sts.keep', function* (tx, { domain, kept }: { readonly domain: string; readonly kept: KeptPolicy }): Work<void> {
  const { id, policy, fetchedMs, untilMs } = kept
  yield* tx.run(PUT, { domain, id, policy: JSON.stringify(policy), fetchedMs, untilMs })
})

/** Forgets policies whose time was over before `beforeMs`. Returns how many; call again until 0. */
export const purgePolicies = write('sts.purge', function* (tx, args: { readonly beforeMs: number }): Work<number> {
  return yield* tx.run(FORGET, args)
})

/** Policies in the database, for all threads and nodes. */
export function sqlSts(db: Database): StsStore {
  return {
    async get(domain) {
      const row = await db.one(GET, { domain })
      return row === null ? null : { id: row.id, policy: JSON.parse(row.policy) as StsPolicy, fetchedMs: row.fetched_ms, untilMs: row.until_ms }
    },
    put: (domain, kept) => db.write(keepPolicy, { domain, kept }),
  }
}
