import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import type { CalloutStore, Verdict } from './callout.ts'

/** Rows removed in one write. */
const CHUNK = 500

const GET = statement<{ address: string; nowMs: number }, { verdict: Verdict }>('SELECT verdict FROM callout WHERE address = $address AND until_ms > $nowMs')
const PUT = statement<{ address: string; verdict: string; untilMs: number }>(
  'INSERT INTO callout (address, verdict, until_ms) VALUES ($address, $verdict, $untilMs) ON CONFLICT (address) DO UPDATE SET verdict = excluded.verdict, until_ms = excluded.until_ms',
)
const FORGET = statement<{ beforeMs: number }>(`DELETE FROM callout WHERE address IN (SELECT address FROM callout WHERE until_ms < $beforeMs ORDER BY until_ms LIMIT ${CHUNK})`)

/** Keeps what a server said of an address. */
export const keepVerdict = write('outbound.keep_verdict', function* (tx, args: { readonly address: string; readonly verdict: Verdict; readonly untilMs: number }): Work<void> {
  yield* tx.run(PUT, args)
})

/** Forgets answers whose time was over before `beforeMs`. Returns how many; call again until 0. */
export const purgeVerdicts = write('outbound.purge_verdicts', function* (tx, args: { readonly beforeMs: number }): Work<number> {
  return yield* tx.run(FORGET, args)
})

/** Answers in the database. */
export function sqlCallouts(db: Database): CalloutStore {
  return {
    get: async (address, nowMs) => (await db.one(GET, { address, nowMs }))?.verdict ?? null,
    put: (address, verdict, untilMs) => db.write(keepVerdict, { address, verdict, untilMs }),
  }
}
