import { MAX_HOLD_MS } from '../inbound/limits.ts'

const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(Z|[+-]\d\d)(?::?(\d\d))?$/i
const LATER = /^in (\d{1,6}) (second|sec|minute|min|hour|hr|day|week)s?$/i
const UNITS: Readonly<Record<string, number>> = { second: 1, sec: 1, minute: 60, min: 60, hour: 3_600, hr: 3_600, day: 86_400, week: 604_800 }

/** When a message is to go. */
export type Schedule = { readonly kind: 'at'; readonly atMs: number } | { readonly kind: 'unclear' | 'too-far' }

/** Reads a time with its zone (RFC 3339, and what databases write), or `in 10 minutes`. What is past is now. */
export function readSchedule(text: string, nowMs: number): Schedule {
  const atMs = timeOf(text.trim(), nowMs)
  if (Number.isNaN(atMs)) return { kind: 'unclear' }
  return atMs - nowMs > MAX_HOLD_MS ? { kind: 'too-far' } : { kind: 'at', atMs: Math.max(atMs, nowMs) }
}

function timeOf(text: string, nowMs: number): number {
  const [, count, unit = ''] = LATER.exec(text) ?? []
  if (count !== undefined) return nowMs + Number(count) * (UNITS[unit.toLowerCase()] ?? Number.NaN) * 1000
  const [, day, time, hours = '', minutes = '00'] = ISO.exec(text) ?? []
  if (day === undefined) return Number.NaN
  return Date.parse(`${day}T${time}${hours.toUpperCase()}${/^z$/i.test(hours) ? '' : `:${minutes}`}`)
}
