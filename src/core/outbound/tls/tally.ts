import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { TlsNote } from './result.ts'
import type { CountedTls } from './sql-tls-result.ts'

/** Kinds of results that wait to be written down; what is more is written at once. */
const MAX_WAITING = 5_000

const DAY_MS = 24 * 3_600_000

/** What a tally is made of. */
export interface TallyOptions {
  readonly write: (counted: readonly CountedTls[]) => Promise<unknown>
  /** For the numbers. */
  readonly seen: (note: TlsNote) => void
  readonly clock: Clock
  readonly log: Log
}

/**
 * Counts how TLS went, for reports to domains (RFC 8460) without a write a session. A crash loses what was counted since the last `flush`:
 * seconds of a day.
 */
export class TlsTally {
  readonly #options: TallyOptions
  #waiting = new Map<string, { readonly day: string; readonly note: TlsNote; sessions: number }>()
  #flushing: Promise<void> = Promise.resolve()

  constructor(options: TallyOptions) {
    this.#options = options
  }

  /** Counts one session, on today's date in UTC. RFC 8460 §4.1. */
  add(note: TlsNote): void {
    const { clock, seen } = this.#options
    seen(note)
    const day = new Date(Math.floor(clock.nowMs() / DAY_MS) * DAY_MS).toISOString().slice(0, 10)
    const key = JSON.stringify([day, note.domain, note.policy, note.result, note.source, note.host, note.address])
    const known = this.#waiting.get(key)
    if (known === undefined) this.#waiting.set(key, { day, note, sessions: 1 })
    else known.sessions += 1
    if (this.#waiting.size >= MAX_WAITING) void this.flush()
  }

  /** Writes down what was counted. What cannot be written now is lost: the report says a little less. Never rejects. */
  flush(): Promise<void> {
    const counted = [...this.#waiting.values()].map(({ day, note, sessions }) => ({ day, ...note, sessions }))
    this.#waiting = new Map()
    if (counted.length === 0) return this.#flushing
    const written = this.#options.write(counted).then(() => {}, (error: unknown) => this.#options.log.warn('outbound.tls-not-counted', { error }))
    this.#flushing = this.#flushing.then(() => written)
    return this.#flushing
  }
}
