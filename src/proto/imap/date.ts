import type { Scanner } from './scanner.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY_MS = 86_400_000

const DATE_TIME = /"([ 0-3]?\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"/y
const DATE = /("?)(\d{1,2})-([A-Za-z]{3})-(\d{4})\1/y

/** `"17-Jul-1996 02:44:25 +0000"`: INTERNALDATE in wire form, quotes included, always in UTC. RFC 9051 §9, date-time. */
export function formatDateTime(ms: number): string {
  const at = new Date(ms)
  const two = (value: number): string => (value < 10 ? `0${value}` : String(value))
  const day = at.getUTCDate()
  const date = `${day < 10 ? ' ' : ''}${day}-${MONTHS[at.getUTCMonth()] ?? 'Jan'}-${String(at.getUTCFullYear()).padStart(4, '0')}`
  return `"${date} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000"`
}

/** Reads a date-time as APPEND gives it, in milliseconds since 1970. */
export function scanDateTime(s: Scanner): number {
  const found = /^"([ \d]?\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"$/.exec(s.take(DATE_TIME, 'a date and time'))
  if (found === null) return 0
  const [, day, month, year, hours, minutes, seconds, sign, zoneHours, zoneMinutes] = found
  const local = dayMs(Number(day), month ?? '', Number(year)) + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000
  const valid = Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 61 && !Number.isNaN(local)
  if (!valid) s.fail('no such date')
  return valid ? local + (sign === '-' ? zone : -zone) : 0
}

/** Reads a search date, `1-Feb-1994` with or without quotes, as days since 1970. */
export function scanDay(s: Scanner): number {
  const found = /^"?(\d{1,2})-([A-Za-z]{3})-(\d{4})"?$/.exec(s.take(DATE, 'a date'))
  if (found === null) return 0
  const ms = dayMs(Number(found[1]), found[2] ?? '', Number(found[3]))
  if (Number.isNaN(ms)) s.fail('no such date')
  return Number.isNaN(ms) ? 0 : ms / DAY_MS
}

/** The day of a moment, in UTC, as days since 1970. INTERNALDATE is shown in UTC, so this is the date that clients see. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

function dayMs(day: number, month: string, year: number): number {
  const index = MONTHS.findIndex((name) => name.toLowerCase() === month.toLowerCase())
  const at = new Date(0)
  at.setUTCFullYear(year, index, day)
  const exists = index !== -1 && at.getUTCDate() === day && at.getUTCMonth() === index
  return exists ? at.getTime() : Number.NaN
}
