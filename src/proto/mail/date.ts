/** A moment as a header gives it: when, and at which offset from UTC its writer's clock stood. */
export interface MailDate {
  /** Milliseconds since 1970, UTC. */
  readonly ms: number
  /** Minutes east of UTC; `-0000` and unknown zones are 0. */
  readonly offsetMinutes: number
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** RFC 5322 §4.3. Military letters mean nothing there, because RFC 822 had them the wrong way round. */
const ZONES: Readonly<Record<string, number>> = {
  UT: 0, UTC: 0, GMT: 0, Z: 0, EST: -300, EDT: -240, CST: -360, CDT: -300, MST: -420, MDT: -360, PST: -480, PDT: -420,
  // Not in the RFC, but seen, and unmistakable.
  CET: 60, CEST: 120, WIB: 420, WITA: 480, WIT: 540,
}

const DATE = new RegExp(
  [
    String.raw`^(?:[a-z]{2,9}\s*[,.]?\s*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?[\s,-]+(\d{2,4})\s+`,
    String.raw`(\d{1,2})\s*[:.]\s*(\d{2})(?:\s*[:.]\s*(\d{2})(?:\.\d{1,9})?)?(?:\s*(am|pm))?\s*`,
    String.raw`(?:([+-])\s?(\d{2}):?(\d{2})|([a-z]{1,5}))?`,
  ].join(''),
  'i',
)
/** `Mon Nov 16 10:00:00 2026 +0700`, as C's asctime writes it. */
const ASCTIME = new RegExp(
  String.raw`^[a-z]{3,9},?\s+([a-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})\s+(?:([a-z]{1,5})\s+)?(\d{4})` +
    String.raw`(?:\s+([+-])(\d{2}):?(\d{2}))?`,
  'i',
)
const INTERNAL = /^([ \d]\d)-([a-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/i
/** No date is longer; what follows is comment. */
const MAX_DATE_CHARS = 200

/**
 * Reads a Date header: RFC 5322 §3.3 with the obsolete forms of §4.3, comments, missing seconds, two-digit years, and a few
 * forms that old programs write. Null when it is no date; nothing is guessed from other orders of day and month.
 */
export function parseDate(text: string): MailDate | null {
  const clean = stripComments(text.slice(0, MAX_DATE_CHARS)).trim()
  const match = DATE.exec(clean)
  if (match === null) return parseAsctime(clean)
  const [, day, month, year, hour, minute, second, half, sign, zoneHours, zoneMinutes, zone] = match
  const offset = sign === undefined ? (ZONES[(zone ?? '').toUpperCase()] ?? 0) : offsetOf(sign, zoneHours, zoneMinutes)
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0)
  return assemble([fullYear(year ?? ''), monthOf(month), Number(day), hours, Number(minute), Number(second ?? 0)], offset)
}

/** Writes a date for a header: `Mon, 16 Nov 2026 10:00:00 +0700`. RFC 5322 §3.3. */
export function formatDate(ms: number, offsetMinutes = 0): string {
  const at = new Date(ms + offsetMinutes * 60_000)
  const day = DAYS[at.getUTCDay()] ?? ''
  const date = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()] ?? ''} ${pad(at.getUTCFullYear(), 4)}`
  return `${day}, ${date} ${clock(at)} ${zoneText(offsetMinutes)}`
}

/** Reads IMAP's date-time without its quotes: `16-Nov-2026 10:00:00 +0700`. RFC 9051 §9. Null when it is none. */
export function parseInternalDate(text: string): MailDate | null {
  const match = INTERNAL.exec(text)
  if (match === null) return null
  const [, day, month, year, hour, minute, second, sign, zoneHours, zoneMinutes] = match
  const parts = [Number(year), monthOf(month), Number(day), Number(hour), Number(minute), Number(second)] as const
  return assemble(parts, offsetOf(sign, zoneHours, zoneMinutes))
}

/** Writes IMAP's date-time without its quotes; the day has two places. RFC 9051 §9. */
export function formatInternalDate(ms: number, offsetMinutes = 0): string {
  const at = new Date(ms + offsetMinutes * 60_000)
  const day = String(at.getUTCDate()).padStart(2, ' ')
  return `${day}-${MONTHS[at.getUTCMonth()] ?? ''}-${pad(at.getUTCFullYear(), 4)} ${clock(at)} ${zoneText(offsetMinutes)}`
}

/** Reads IMAP SEARCH's date, `16-Nov-2026` or `6-Nov-2026`: midnight of that day, UTC. RFC 9051 §9. Null when it is none. */
export function parseSearchDate(text: string): number | null {
  const match = /^(\d{1,2})-([a-z]{3})-(\d{4})$/i.exec(text)
  return match === null ? null : (assemble([Number(match[3]), monthOf(match[2]), Number(match[1]), 0, 0, 0], 0)?.ms ?? null)
}

/** Midnight, UTC, of the day a header's date names, its zone disregarded: what SENTON and SENTSINCE compare. RFC 9051 §6.4.4. */
export function dayOf(date: MailDate): number {
  return Math.floor((date.ms + date.offsetMinutes * 60_000) / 86_400_000) * 86_400_000
}

function parseAsctime(text: string): MailDate | null {
  const match = ASCTIME.exec(text)
  if (match === null) return null
  const [, month, day, hour, minute, second, zone, year, sign, zoneHours, zoneMinutes] = match
  const offset = sign === undefined ? (ZONES[(zone ?? '').toUpperCase()] ?? 0) : offsetOf(sign, zoneHours, zoneMinutes)
  return assemble([Number(year), monthOf(month), Number(day), Number(hour), Number(minute), Number(second)], offset)
}

type Parts = readonly [year: number, month: number, day: number, hour: number, minute: number, second: number]

/** Null when a part is out of its range: 31 Feb is no date. */
function assemble([year, month, day, hour, minute, second]: Parts, offsetMinutes: number): MailDate | null {
  if (month === -1 || hour > 23 || minute > 59 || second > 60 || day < 1 || Math.abs(offsetMinutes) > 24 * 60) return null
  if (day > (month === 1 && !isLeap(year) ? 28 : (MONTH_DAYS[month] ?? 0))) return null
  const seconds = (hour * 60 + minute) * 60 + Math.min(second, 59) // A leap second is told as the second before it.
  return { ms: daysOf(year, month, day) * 86_400_000 + seconds * 1000 - offsetMinutes * 60_000, offsetMinutes }
}

const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** Days since 1970 of a day in the calendar of Gregory, by arithmetic: a `Date` for it takes longer than all the rest. Years begin with March here, so that leap days stand last. */
function daysOf(year: number, month: number, day: number): number {
  const from = month < 2 ? year - 1 : year
  const dayOfYear = Math.floor((153 * ((month + 10) % 12) + 2) / 5) + day - 1
  return from * 365 + Math.floor(from / 4) - Math.floor(from / 100) + Math.floor(from / 400) + dayOfYear - 719_468
}

/** §4.3: two digits below 50 are 20xx, other two and three digits count from 1900. */
function fullYear(text: string): number {
  const year = Number(text)
  if (text.length === 2) return year < 50 ? 2000 + year : 1900 + year
  return text.length === 3 ? 1900 + year : year
}

function monthOf(name: string | undefined): number {
  return MONTH_NUMBERS.get((name ?? '').toLowerCase()) ?? -1
}

const MONTH_NUMBERS: ReadonlyMap<string, number> = new Map(MONTHS.map((month, at) => [month.toLowerCase(), at]))

function offsetOf(sign: string | undefined, hours: string | undefined, minutes: string | undefined): number {
  const total = Number(hours) * 60 + Number(minutes)
  return sign === '-' && total > 0 ? -total : total
}

function stripComments(text: string): string {
  if (!text.includes('(')) return text
  let out = ''
  let depth = 0
  for (const char of text) {
    if (char === '(') depth++
    else if (char === ')' && depth > 0) depth--
    else if (depth === 0) out += char
  }
  return out
}

function clock(at: Date): string {
  return `${pad(at.getUTCHours(), 2)}:${pad(at.getUTCMinutes(), 2)}:${pad(at.getUTCSeconds(), 2)}`
}

function zoneText(offsetMinutes: number): string {
  const minutes = Math.abs(offsetMinutes)
  return `${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${pad(minutes % 60, 2)}`
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
