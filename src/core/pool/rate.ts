import type { Texts } from './text.ts'

/** Messages in a time, as a ratio of whole numbers, so that nothing is lost to rounding however slow the rate is. */
export interface Rate {
  readonly count: number
  readonly perMs: number
}

/** Messages a second. */
export function perSecond(count: number): Rate {
  return { count, perMs: 1000 }
}

/** Messages a minute. */
export function perMinute(count: number): Rate {
  return { count, perMs: 60_000 }
}

/** Is `a` slower than `b`? */
export function isSlower(a: Rate, b: Rate): boolean {
  return a.count * b.perMs < b.count * a.perMs
}

/** The slower of two. */
export function slower(a: Rate, b: Rate): Rate {
  return isSlower(b, a) ? b : a
}

/** A share of a rate, at least one message a minute: a lane that stands still cannot show that it may go again. */
export function shareOf(rate: Rate, percent: number): Rate {
  const share = { count: rate.count * percent, perMs: rate.perMs * 100 }
  const floor = slower(rate, perMinute(1))
  return isSlower(share, floor) ? floor : share
}

/**
 * Messages that may go at once at this rate: what it gives in a second, or, when it is slow, in ten seconds, up to five.
 * Providers count by the minute: a burst must not use one up.
 */
export function burstOf({ count, perMs }: Rate): number {
  const inOneSecond = Math.ceil((count * 1000) / perMs)
  const inTenSeconds = Math.floor((count * 10_000) / perMs)
  return Math.max(1, inOneSecond, Math.min(5, inTenSeconds))
}

/** Why this is no rate, or null. Both parts stay far below what a product of them could lose. */
export function rateFault({ count, perMs }: Rate): string | null {
  if (!Number.isSafeInteger(count) || count < 1 || count > 1_000_000) return 'count must be a whole number from 1 to 1,000,000'
  if (!Number.isSafeInteger(perMs) || perMs < 1 || perMs > 86_400_000) return 'perMs must be a whole number from 1 to a day'
  return null
}

/** A rate as people say it, in the widest unit in which it is at least one message. */
export function sayRate({ count, perMs }: Rate): Texts {
  for (const [unitMs, en, id] of UNITS) {
    const messages = (count * unitMs) / perMs
    if (messages >= 1) return { en: `${Number(messages.toFixed(1))} ${en}`, id: `${Number(messages.toFixed(1))} per ${id}` }
  }
  return { en: `one in ${Math.ceil(perMs / count / 3_600_000)} hours`, id: `satu dalam ${Math.ceil(perMs / count / 3_600_000)} jam` }
}

const UNITS: readonly (readonly [number, string, string])[] = [
  [1000, 'a second', 'detik'], [60_000, 'a minute', 'menit'], [3_600_000, 'an hour', 'jam'],
]
