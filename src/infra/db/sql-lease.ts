import type { Database } from './database.ts'
import { statement } from './statement.ts'
import { write } from './transaction.ts'

const TAKE = statement<{ name: string; holder: string; nowMs: number; untilMs: number }>(
  `INSERT INTO lease (name, holder, until_ms) VALUES ($name, $holder, $untilMs)
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
  WHERE lease.holder = excluded.holder OR lease.until_ms <= $nowMs`,
)
const RELEASE = statement<{ name: string; holder: string }>('DELETE FROM lease WHERE name = $name AND holder = $holder')
const FORGET = statement<Record<never, never>>('DELETE FROM lease')
const FORGET_OF = statement<{ pattern: string }>('DELETE FROM lease WHERE holder LIKE $pattern')
const HOLDER = statement<{ name: string; nowMs: number }, { holder: string }>('SELECT holder FROM lease WHERE name = $name AND until_ms > $nowMs')

/**
 * Takes a name for `holder` until `untilMs`, or renews it. False while somebody else holds it. A holder that died
 * holds it until its time has run out, and no longer.
 */
export const takeLease = write(
  'lease.take',
  function* (tx, args: { readonly name: string; readonly holder: string; readonly nowMs: number; readonly untilMs: number }) {
    return (yield* tx.run(TAKE, args)) === 1
  },
)

/** Gives a name back. Nothing happens when somebody else holds it by now. */
export const releaseLease = write('lease.release', function* (tx, args: { readonly name: string; readonly holder: string }) {
  yield* tx.run(RELEASE, args)
  return true
})

/** Ends all leases: only for who knows that no holder lives. */
export const forgetLeases = write('lease.forget', function* (tx, none: Record<never, never>) {
  yield* tx.run(FORGET, none)
})

/** Ends the leases of a node's holders, whose names are the node's with `/` behind it: only for who knows that none of them lives. Returns how many there were. */
export const forgetLeasesOf = write('lease.forget_of', function* (tx, { node }: { readonly node: string }) {
  return yield* tx.run(FORGET_OF, { pattern: `${node}/%` })
})

/** Who holds a name now, or null. */
export async function leaseHolder(db: Database, name: string, nowMs: number): Promise<string | null> {
  return (await db.one(HOLDER, { name, nowMs }))?.holder ?? null
}
