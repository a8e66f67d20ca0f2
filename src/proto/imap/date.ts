import { parseInternalDate, parseSearchDate } from '../mail/date.ts'
import type { Scanner } from './scanner.ts'

/** A day, as searches count it: INTERNALDATE is shown in UTC, so its date is that of UTC. */
export const DAY_MS = 86_400_000

const DATE_TIME = /"[ \d]?\d-[A-Za-z]{3}-\d{4} \d\d:\d\d:\d\d [+-]\d{4}"/y
const DATE = /("?)\d{1,2}-[A-Za-z]{3}-\d{4}\1/y

/** Reads a date-time as APPEND gives it, in milliseconds since 1970. RFC 9051 §9. One digit for the day passes. */
export function scanDateTime(s: Scanner): number {
  const text = s.take(DATE_TIME, 'a date and time').slice(1, -1)
  if (s.fault !== null) return 0
  const date = parseInternalDate(text.length === 26 ? text : ` ${text}`)
  if (date === null) s.fail('there is no such date')
  return date?.ms ?? 0
}

/** Reads a search date, `1-Feb-1994` with or without quotes: its midnight in UTC, in milliseconds. RFC 9051 §6.4.4. */
export function scanDay(s: Scanner): number {
  const text = s.take(DATE, 'a date').replaceAll('"', '')
  if (s.fault !== null) return 0
  const ms = parseSearchDate(text)
  if (ms === null) s.fail('there is no such date')
  return ms ?? 0
}
