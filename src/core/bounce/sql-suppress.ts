import type { Position } from '../event/event.ts'
import { advance, appendEvent } from '../event/sql.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { isWithdrawal } from '../consent/consent.ts'
import { withdrawConsents } from '../consent/sql.ts'
import { putSuppression } from '../suppression/sql.ts'
import type { DomainSign } from './domain-sign.ts'
import { countDomains } from './sql-absent.ts'
import { type Sign, type Stop, stopAfter, strikesSinceMs, SUPPRESS_READER } from './suppress.ts'

/** Strikes older than this count for no rule. */
const STRIKES_MS = 60 * 24 * 3_600_000

const STRIKE = statement<{ organization: string; address: string; category: string; delivery: string; atMs: number }>(
  `INSERT INTO suppression_strike (organization, address, category, delivery, at_ms) VALUES ($organization, $address, $category, $delivery, $atMs)
  ON CONFLICT (organization, address, category, delivery) DO NOTHING`,
)

const STRIKES = statement<{ organization: string; address: string; category: string; sinceMs: number }, { at_ms: number }>(
  `SELECT at_ms FROM suppression_strike WHERE organization = $organization AND address = $address AND category = $category AND at_ms >= $sinceMs
  ORDER BY at_ms DESC LIMIT 500`,
)

const ANY = statement<Record<never, never>, { address: string }>('SELECT address FROM suppression_strike LIMIT 1')

const FORGIVE = statement<{ organization: string; address: string }>('DELETE FROM suppression_strike WHERE organization = $organization AND address = $address')

const FORGET = statement<{ beforeMs: number }>('DELETE FROM suppression_strike WHERE at_ms < $beforeMs')

/** Signs of a chunk of the log, and where the reader stands after them. */
export interface FollowArgs {
  readonly signs: readonly Sign[]
  readonly domains: readonly DomainSign[]
  readonly position: Position
  readonly nowMs: number
}

/** Deals with signs: a strike, an entry of the list, or, where mail arrived, forgiveness. Each sign counts once, since the reader's place is in the same write. */
export const followSigns = write('bounce.follow', function* (tx, { signs, domains, position, nowMs }: FollowArgs): Work<void> {
  let hasStrikes = (yield* tx.one(ANY, {})) !== null
  for (const sign of signs) {
    if (sign.category === null) {
      if (hasStrikes) yield* tx.run(FORGIVE, sign)
      continue
    }
    const stop = yield* stopOf(tx, { ...sign, category: sign.category })
    if (stop === null) hasStrikes = true
    else yield* put(tx, sign, stop, nowMs)
  }
  if (hasStrikes) yield* tx.run(FORGET, { beforeMs: nowMs - STRIKES_MS })
  if (domains.length > 0) yield* countDomains(tx, domains, nowMs)
  yield* advance(tx, SUPPRESS_READER, position)
})

function* stopOf(tx: Tx, { category, ...sign }: Sign & { readonly category: NonNullable<Sign['category']> }): Work<Stop | null> {
  const sinceMs = strikesSinceMs(category, sign.atMs)
  if (sinceMs === null) return stopAfter(category, [sign.atMs], sign.atMs)
  yield* tx.run(STRIKE, { ...sign, category })
  const strikes = yield* tx.all(STRIKES, { ...sign, category, sinceMs })
  return stopAfter(category, strikes.map(({ at_ms }) => at_ms), sign.atMs)
}

function* put(tx: Tx, { organization, account, message, delivery, address, category, reason, atMs }: Sign, { scope, expiresMs }: Stop, nowMs: number): Work<void> {
  yield* putSuppression(tx, { organization, address, scope, category: category ?? '', reason, delivery, createdMs: atMs, expiresMs, lockedMs: null })
  if (isWithdrawal(category)) yield* withdrawConsents(tx, { organization, address, by: category, atMs })
  const data = { recipient: address, scope, category, reason, untilMs: expiresMs }
  yield* appendEvent(tx, { atMs: nowMs, organization, account, message, delivery, type: 'suppression.added', version: 1, data })
}
