import type { Clock } from '../../../base/clock.ts'
import { DayTally } from '../../../base/day-tally.ts'
import type { Log } from '../../../base/log.ts'
import type { TlsNote } from './result.ts'
import type { CountedTls } from './sql-tls-result.ts'

/** Kinds of results that wait to be written down; what is more is written at once. */
const MAX_WAITING = 5_000

/** What a tally is made of. */
export interface TallyOptions {
  readonly write: (counted: readonly CountedTls[]) => Promise<unknown>
  /** For the numbers. */
  readonly seen: (note: TlsNote) => void
  readonly clock: Clock
  readonly log: Log
}

/** Counts how TLS went, for reports to domains (RFC 8460 §4.1) without a write a session. */
export class TlsTally {
  readonly #seen: (note: TlsNote) => void
  readonly #tally: DayTally<TlsNote>

  constructor({ write, seen, clock, log }: TallyOptions) {
    this.#seen = seen
    this.#tally = new DayTally({
      keyOf: ({ domain, policy, result, source, host, address }) => [domain, policy, result, source, host, address],
      write: (counted) => write(counted.map(({ day, note, count }) => ({ day, ...note, sessions: count }))),
      lost: (error) => log.warn('outbound.tls-not-counted', { error }),
      clock,
      most: MAX_WAITING,
    })
  }

  /** Counts one session. */
  add(note: TlsNote): void {
    this.#seen(note)
    this.#tally.add(note)
  }

  /** Writes down what was counted. Never rejects. */
  flush(): Promise<void> {
    return this.#tally.flush()
  }
}
