/**
 * True when a mailbox path matches a LIST pattern: `*` is anything, `%` anything within one level; INBOX is matched without case.
 * RFC 9051 §6.3.9.
 *
 * Walks the set of places that the pattern can stand at, so it costs at most length times length, whatever the pattern.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  if (path === 'INBOX' && pattern !== pattern.toUpperCase()) return matchesPattern(pattern.toUpperCase(), path)
  let places = new Set([0])
  follow(places, pattern)
  for (const char of path) {
    const next = new Set<number>()
    for (const place of places) {
      const want = pattern.charAt(place)
      if (want === '*' || (want === '%' && char !== '/')) next.add(place)
      else if (pattern.startsWith(char, place)) next.add(place + char.length)
    }
    if (next.size === 0) return false
    follow(next, pattern)
    places = next
  }
  return places.has(pattern.length)
}

/** A wildcard may also stand for nothing. A set iterates over what is added on the way. */
function follow(places: Set<number>, pattern: string): void {
  for (const place of places) {
    const char = pattern.charAt(place)
    if (char === '*' || char === '%') places.add(place + 1)
  }
}

/** The pattern that a reference and a mailbox argument give together. INBOX is INBOX in any case. */
export function joinPattern(reference: string, pattern: string): string {
  const joined = pattern.startsWith('/') ? pattern.slice(1) : reference + pattern
  return /^inbox(?=\/|$|[*%])/i.test(joined) ? `INBOX${joined.slice(5)}` : joined
}
