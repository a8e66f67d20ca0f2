/** A time as JSON, commands and log lines show it: RFC 3339, in UTC, with milliseconds. `null` stays what it is: there is no time. */
export function isoTime(ms: number): string
export function isoTime(ms: number | null): string | null
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
