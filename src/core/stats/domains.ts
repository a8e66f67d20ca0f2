import { COMPARED_DOMAINS, NAMED_DOMAINS } from './limits.ts'

/** A domain that is compared: how often it was written to on the day, and how much of that may have been others'. */
export type Seen = readonly [domain: string, count: number, error: number]

/** What stands for all domains that are too small for a name of their own. No domain has this name. */
export const OTHER = 'other'

/**
 * Finds an organization's largest domains of a day in bounded room, however many it writes to: the algorithm "Space-Saving" (Metwally et al.,
 * 2005). A domain that is new when the room is full takes the place, and the count, of the smallest. It depends on the order of events only, so a rebuild
 * gives the same names.
 */
export class LargestDomains {
  readonly #seen: Map<string, { count: number; error: number }>

  constructor(seen: readonly Seen[] = []) {
    this.#seen = new Map(seen.map(([domain, count, error]) => [domain, { count, error }]))
  }

  /** Counts a delivery to a domain, and tells the name it is counted under: its own while fewer than 200 others are surely as large. */
  name(domain: string): string {
    const seen = this.#count(domain)
    const sure = seen.count - seen.error
    let larger = -1 // Itself is as large as itself.
    for (const { count, error } of this.#seen.values()) if (count - error >= sure) larger += 1
    return larger < NAMED_DOMAINS ? domain : OTHER
  }

  /** To be stored, and given back to the constructor. */
  toJSON(): readonly Seen[] {
    return [...this.#seen].map(([domain, { count, error }]) => [domain, count, error])
  }

  #count(domain: string): { count: number; error: number } {
    const known = this.#seen.get(domain)
    if (known !== undefined) {
      known.count += 1
      return known
    }
    const error = this.#seen.size < COMPARED_DOMAINS ? 0 : this.#evict()
    const made = { count: error + 1, error }
    this.#seen.set(domain, made)
    return made
  }

  #evict(): number {
    let least: readonly [string, number] | null = null
    for (const [domain, { count }] of this.#seen) if (least === null || count < least[1]) least = [domain, count]
    if (least === null) return 0
    this.#seen.delete(least[0])
    return least[1]
  }
}
