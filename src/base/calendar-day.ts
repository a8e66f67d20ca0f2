/** Whether a date-time of RFC 3339 begins with a day that exists (§5.7): `Date.parse` makes 2 March of 30 February. */
export function beginsWithDay(dateTime: string): boolean {
  const day = dateTime.slice(0, 10)
  const atMs = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(day)
}
