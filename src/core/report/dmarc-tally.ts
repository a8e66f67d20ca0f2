import type { Clock } from '../../base/clock.ts'
import { DayTally } from '../../base/day-tally.ts'
import type { Log } from '../../base/log.ts'
import { MAX_WAITING } from './limits.ts'
import type { DmarcSeen } from './seen.ts'

/** A row as it is counted. */
export interface CountedSeen {
  readonly day: string
  readonly seen: DmarcSeen
  readonly messages: number
}

/** Counts what DMARC made of messages, for reports to domains (RFC 9990), without a write a message. Flush it every few seconds and at the end. */
export function dmarcTally({ write, clock, log }: { readonly write: (counted: readonly CountedSeen[]) => Promise<unknown>; readonly clock: Clock; readonly log: Log }): DayTally<DmarcSeen> {
  return new DayTally({
    keyOf: (seen) => seen,
    write: (counted) => write(counted.map(({ day, note, count }) => ({ day, seen: note, messages: count }))),
    lost: (error) => log.warn('report.dmarc-not-counted', { error }),
    clock,
    most: MAX_WAITING,
  })
}
