import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../../infra/db/transaction.ts'
import { afterGrey, decideGrey, type GreyDecision, type GreyEntry } from './decide.ts'
import type { GreyAnswer, GreyAsk, GreyStore } from './greylist.ts'
import { CLIENT_AFTER_KEYS, CLIENT_FOR_MS, CLIENT_WITHIN_MS, NOTE_USE_EVERY_MS, PASSED_FOR_MS, PURGE_ROWS, UNCONFIRMED_FOR_MS } from './limits.ts'

interface Row {
  readonly first_ms: number
  readonly passed_ms: number | null
  readonly used_ms: number
}

const ENTRY = 'SELECT first_ms, passed_ms, used_ms FROM greylist WHERE organization = $organization AND key = $key'
const FIND = statement<{ organization: string; key: string }, Row>(ENTRY)
// Two workers that hear of the same mail take turns.
const FIND_TO_CHANGE = statement<{ organization: string; key: string }, Row>({ sqlite: ENTRY, postgres: `${ENTRY} FOR UPDATE` })

const ADD = statement<{ organization: string; key: string; client: string; domain: string | null; nowMs: number }>(
  `INSERT INTO greylist (organization, key, client, domain, first_ms, passed_ms, used_ms) VALUES ($organization, $key, $client, $domain, $nowMs, NULL, $nowMs)
  ON CONFLICT (organization, key) DO NOTHING`,
)

const CHANGE = statement<{ organization: string; key: string; client: string; domain: string | null; firstMs: number; passedMs: number | null; usedMs: number }>(
  `UPDATE greylist SET client = $client, domain = $domain, first_ms = $firstMs, passed_ms = $passedMs, used_ms = $usedMs
  WHERE organization = $organization AND key = $key`,
)

// The net, or the domain that vouches: whichever is known.
const KNOWN = statement<{ client: string; domain: string; nowMs: number }, { name: string }>(
  'SELECT name FROM greylist_known WHERE name IN ($client, $domain) AND until_ms > $nowMs LIMIT 1',
)

const PASSED_BY_CLIENT = statement<{ name: string; sinceMs: number; limit: number }, { key: string }>(
  'SELECT key FROM greylist WHERE client = $name AND passed_ms >= $sinceMs LIMIT $limit',
)
const PASSED_BY_DOMAIN = statement<{ name: string; sinceMs: number; limit: number }, { key: string }>(
  'SELECT key FROM greylist WHERE domain = $name AND passed_ms >= $sinceMs LIMIT $limit',
)

const PUT_KNOWN = statement<{ name: string; untilMs: number }>(
  'INSERT INTO greylist_known (name, until_ms) VALUES ($name, $untilMs) ON CONFLICT (name) DO UPDATE SET until_ms = excluded.until_ms',
)

const PURGE_UNCONFIRMED = statement<{ beforeMs: number; limit: number }>(
  `DELETE FROM greylist WHERE (organization, key) IN (
    SELECT organization, key FROM greylist WHERE passed_ms IS NULL AND first_ms < $beforeMs LIMIT $limit)`,
)
const PURGE_PASSED = statement<{ beforeMs: number; limit: number }>(
  `DELETE FROM greylist WHERE (organization, key) IN (
    SELECT organization, key FROM greylist WHERE passed_ms IS NOT NULL AND used_ms < $beforeMs LIMIT $limit)`,
)
const PURGE_KNOWN = statement<{ nowMs: number }>('DELETE FROM greylist_known WHERE until_ms <= $nowMs')

/** Decides about a key and remembers it. Of two at the same time the second one sees what the first one did. */
export const askGreylist = write('filter.greylist', function* (tx, ask: GreyAsk): Work<GreyDecision> {
  if ((yield* tx.run(ADD, ask)) === 1) return decideGrey(null, ask.nowMs)
  const entry = toEntry(yield* tx.one(FIND_TO_CHANGE, ask))
  const decision = decideGrey(entry, ask.nowMs)
  if (decision.why === 'early') return decision
  yield* tx.run(CHANGE, { ...ask, ...afterGrey(entry, decision, ask.nowMs) })
  if (decision.kind === 'pass' && decision.why === 'returned') {
    yield* learn(tx, PASSED_BY_CLIENT, ask.client, ask.nowMs)
    if (ask.domain !== null) yield* learn(tx, PASSED_BY_DOMAIN, ask.domain, ask.nowMs)
  }
  return decision
})

/** Forgets some rows whose time is over. To be called again until it gives 0. */
export const purgeGreylist = write('filter.purge_greylist', function* (tx, { nowMs }: { readonly nowMs: number }): Work<number> {
  const unconfirmed = yield* tx.run(PURGE_UNCONFIRMED, { beforeMs: nowMs - UNCONFIRMED_FOR_MS, limit: PURGE_ROWS })
  const passed = yield* tx.run(PURGE_PASSED, { beforeMs: nowMs - PASSED_FOR_MS, limit: PURGE_ROWS })
  return unconfirmed + passed + (yield* tx.run(PURGE_KNOWN, { nowMs }))
})

/** The store. What passes all the time is only read, and written down once a day. */
export function sqlGreylist(db: Database): GreyStore {
  return {
    async ask(ask: GreyAsk): Promise<GreyAnswer> {
      const known = await db.read(function* (tx): Work<{ readonly isKnown: boolean; readonly entry: GreyEntry | null }> {
        const found = yield* tx.one(KNOWN, { client: ask.client, domain: ask.domain ?? ask.client, nowMs: ask.nowMs })
        return { isKnown: found !== null, entry: found === null ? toEntry(yield* tx.one(FIND, ask)) : null }
      })
      if (known.isKnown) return { kind: 'pass', why: 'client' }
      const decision = decideGrey(known.entry, ask.nowMs)
      const isOld = known.entry !== null && ask.nowMs - known.entry.usedMs < NOTE_USE_EVERY_MS
      if (isOld && (decision.why === 'known' || decision.why === 'early')) return decision
      return await db.write(askGreylist, ask)
    },
  }
}

/** Remembers a client of which enough keys have passed. */
function* learn(tx: Tx, passed: typeof PASSED_BY_CLIENT, name: string, nowMs: number): Work<void> {
  const keys = yield* tx.all(passed, { name, sinceMs: nowMs - CLIENT_WITHIN_MS, limit: CLIENT_AFTER_KEYS })
  if (keys.length >= CLIENT_AFTER_KEYS) yield* tx.run(PUT_KNOWN, { name, untilMs: nowMs + CLIENT_FOR_MS })
}

function toEntry(row: Row | null): GreyEntry | null {
  return row === null ? null : { firstMs: row.first_ms, passedMs: row.passed_ms, usedMs: row.used_ms }
}
