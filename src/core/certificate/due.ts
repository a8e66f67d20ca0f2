import { HOUR_MS } from '../../base/duration.ts'
import type { IssuedCertificate, Tries, WantedCertificate } from './certificate.ts'
import { FIRST_WAIT_MS, LONGEST_WAIT_MS, MAX_FAILURES_AN_HOUR, RENEW_AFTER } from './limits.ts'

/** What is known of a certificate that an authority has. */
export interface Standing {
  readonly wanted: WantedCertificate
  /** Null when there is none. */
  readonly current: IssuedCertificate | null
  readonly tries: Tries
  /** When the authority would like it to be renewed; null when it does not say. RFC 9773. */
  readonly suggestedMs: number | null
}

/** Why a certificate is to be ordered at `nowMs`; null when it is not, or must wait after failures. */
export function whyDue({ wanted, current, tries, suggestedMs }: Standing, directory: string, nowMs: number): 'missing' | 'asked' | 'names' | 'authority' | 'age' | null {
  if (nowMs < tries.nextMs || nowMs < freeAgainMs(tries, nowMs)) return null
  if (current === null) return 'missing'
  if (tries.askedMs !== null) return 'asked'
  // Names that are no longer wanted leave with the next renewal.
  if (wanted.names.some((name) => !current.names.includes(name))) return 'names'
  if (current.directory !== directory) return 'authority'
  return nowMs >= Math.min(renewalMs(current), suggestedMs ?? Number.POSITIVE_INFINITY) ? 'age' : null
}

/** When two thirds of its life are over. */
export function renewalMs({ notBeforeMs, notAfterMs }: IssuedCertificate): number {
  return notBeforeMs + (notAfterMs - notBeforeMs) * RENEW_AFTER
}

/** When another failure would not be one too many within an hour, whoever asks. */
function freeAgainMs({ failedMs }: Tries, nowMs: number): number {
  const recent = failedMs.filter((ms) => ms > nowMs - HOUR_MS)
  const oldest = recent.at(-MAX_FAILURES_AN_HOUR)
  return oldest === undefined ? 0 : oldest + HOUR_MS
}

/** A failure, and when the next try may be: later each time, and never at the same moment for many. `chance` is from 0 to 1. */
export function afterFailure(tries: Tries, why: string, nowMs: number, chance: number, retryAfterMs: number | null): Tries {
  const failures = tries.failedMs.length
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures, 20), LONGEST_WAIT_MS) * (1 + chance / 2)
  return { failedMs: [...tries.failedMs, nowMs].slice(-20), nextMs: Math.round(nowMs + Math.max(waitMs, retryAfterMs ?? 0)), error: why, askedMs: tries.askedMs }
}
