import { beginsWithDay } from '../../base/calendar-day.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/duration.ts'
import { MAX_HOLD_MS } from '../inbound/limits.ts'

const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(Z|[+-]\d\d)(?::?(\d\d))?$/i
const LATER = /^in (an?|\d{1,6}) (second|sec|minute|min|hour|hr|day|week)s?$/i
const UNITS: Readonly<Record<string, number>> = { second: 1, sec: 1, minute: 60, min: 60, hour: 3_600, hr: 3_600, day: 86_400, week: 604_800 }

// As clients of Resend write it: "tomorrow at 9am", "Friday at 15:30 WIB". Zones with summer time are left out: what they mean depends on the day.
const DAY = /^(today|tomorrow|(?:sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?)(?:day)?) at (\d{1,2})(?::(\d\d))? ?(am|pm)?(?: (UTC|GMT|WIB|WITA|WIT|[+-]\d\d:?\d\d))?$/i
const WEEK = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
const ZONES: Readonly<Record<string, number>> = { UTC: 0, GMT: 0, WIB: 7 * 60, WITA: 8 * 60, WIT: 9 * 60 }

/** When a message is to go. */
export type Schedule = { readonly kind: 'at'; readonly atMs: number } | { readonly kind: 'unclear' | 'too-far' }

/** Reads a time with its zone (RFC 3339, and what databases write), `in 10 minutes`, or `tomorrow at 9am` (in UTC, unless it names a zone). What is past is now. */
export function readSchedule(text: string, nowMs: number): Schedule {
  const atMs = timeOf(text.trim(), nowMs)
  if (Number.isNaN(atMs)) return { kind: 'unclear' }
  return atMs - nowMs > MAX_HOLD_MS ? { kind: 'too-far' } : { kind: 'at', atMs: Math.max(atMs, nowMs) }
}

function timeOf(text: string, nowMs: number): number {
  const [, count, unit = ''] = LATER.exec(text) ?? []
  if (count !== undefined) return nowMs + (/^an?$/i.test(count) ? 1 : Number(count)) * (UNITS[unit.toLowerCase()] ?? Number.NaN) * 1000
  const [, day, time, hours = '', minutes = '00'] = ISO.exec(text) ?? []
  if (day === undefined) return dayTimeOf(text, nowMs)
  if (!beginsWithDay(day)) return Number.NaN
  return Date.parse(`${day}T${time}${hours.toUpperCase()}${/^z$/i.test(hours) ? '' : `:${minutes}`}`)
}

/** A time of today, of tomorrow, or of the next such day of the week. */
function dayTimeOf(text: string, nowMs: number): number {
  const [, day, hours, minutes = '0', half, zone = 'UTC'] = DAY.exec(text) ?? []
  if (day === undefined || hours === undefined) return Number.NaN
  const hour = hourOf(Number(hours), half?.toLowerCase())
  if (hour > 23 || Number(minutes) > 59) return Number.NaN
  const offsetMs = minutesAhead(zone.toUpperCase()) * MINUTE_MS
  const todayMs = Math.floor((nowMs + offsetMs) / DAY_MS) * DAY_MS - offsetMs
  const atMs = todayMs + hour * HOUR_MS + Number(minutes) * MINUTE_MS
  const name = day.toLowerCase()
  if (name === 'today') return atMs
  if (name === 'tomorrow') return atMs + DAY_MS
  const ahead = (WEEK.findIndex((each) => name.startsWith(each)) - new Date(todayMs + offsetMs).getUTCDay() + 7) % 7
  return atMs + (ahead === 0 && atMs <= nowMs ? 7 : ahead) * DAY_MS
}

/** 24 for what no clock shows: `13pm`. */
function hourOf(hours: number, half: string | undefined): number {
  if (half === undefined) return hours
  if (hours < 1 || hours > 12) return 24
  return (hours % 12) + (half === 'pm' ? 12 : 0)
}

function minutesAhead(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? []
  if (sign === undefined) return ZONES[zone] ?? 0
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}
