import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Work, write } from '../../../infra/db/transaction.ts'
import type { Begun, Claim, Repeats } from '../../../infra/http/api/repeat.ts'
import { seal, unseal } from '../../access/seal.ts'
import { REMEMBER_MS, REPEAT_BUSY_MS } from '../limits.ts'

type Key = { readonly organization: string; readonly key: string }

// The same rows as those of messages, so that a key means one request whatever it asks for. One whose time is over begins anew, and so does one that was never ended.
const CLAIM = statement<Key & { digest: string; nowMs: number; expiredMs: number; diedMs: number }>(
  `INSERT INTO idempotency (organization, key, digest, answer, created_ms) VALUES ($organization, $key, $digest, '', $nowMs)
  ON CONFLICT (organization, key) DO UPDATE SET digest = excluded.digest, answer = '', created_ms = excluded.created_ms
  WHERE idempotency.created_ms <= $expiredMs OR (idempotency.answer = '' AND idempotency.created_ms <= $diedMs AND idempotency.digest = excluded.digest)`,
)
const KNOWN = statement<Key, { digest: string; answer: string }>('SELECT digest, answer FROM idempotency WHERE organization = $organization AND key = $key')
const ANSWER = statement<Key & { answer: string }>('UPDATE idempotency SET answer = $answer WHERE organization = $organization AND key = $key')
const UNCLAIM = statement<Key>('DELETE FROM idempotency WHERE organization = $organization AND key = $key')

/** Begins a request, unless it is known. */
export const beginRepeat = write('repeat.begin', function* (tx, args: Key & { readonly digest: string; readonly nowMs: number }): Work<{ readonly kind: 'begun' | 'conflict' | 'busy' } | { readonly kind: 'known'; readonly sealed: string }> {
  const { organization, key, digest, nowMs } = args
  if ((yield* tx.run(CLAIM, { organization, key, digest, nowMs, expiredMs: nowMs - REMEMBER_MS, diedMs: nowMs - REPEAT_BUSY_MS })) > 0) return { kind: 'begun' }
  const known = yield* tx.one(KNOWN, { organization, key })
  if (known === null || known.digest !== digest) return { kind: 'conflict' }
  return known.answer === '' ? { kind: 'busy' } : { kind: 'known', sealed: known.answer }
})

/** Keeps its answer, or forgets it when it was not done. */
export const endRepeat = write('repeat.end', function* (tx, { organization, key, sealed }: Key & { readonly sealed: string | null }): Work<number> {
  return yield* sealed === null ? tx.run(UNCLAIM, { organization, key }) : tx.run(ANSWER, { organization, key, answer: sealed })
})

/** What remembers requests. Answers are closed with what the caller showed: they may hold keys and passwords that are told once, and a copy of the database alone opens none. */
export function sqlRepeats({ db, clock, log, exact }: { readonly db: Database; readonly clock: Clock; readonly log: Log; readonly exact: Repeats['exact'] }): Repeats {
  const place = ({ organization, key }: Claim): string => `repeat ${organization} ${key}`
  return {
    exact,
    async begin(claim): Promise<Begun> {
      const { organization, key, digest, credential } = claim
      const begun = await db.write(beginRepeat, { organization, key, digest, nowMs: clock.nowMs() })
      if (begun.kind !== 'known') return begun
      const answer = unseal(Buffer.from(credential), place(claim), begun.sealed)
      return answer === null ? { kind: 'lost' } : { kind: 'known', answer }
    },
    async end(claim, answer) {
      const { organization, key, credential } = claim
      const sealed = answer === null ? null : seal(Buffer.from(credential), place(claim), answer)
      await db.write(endRepeat, { organization, key, sealed }).catch((error: unknown) => log.error('api.repeat_failed', { error }))
    },
  }
}
