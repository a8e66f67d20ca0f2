/** A name that is compared: how often it came up on the day, and how much of that may have been others'. */
export type Seen = readonly [name: string, count: number, error: number]

/** How many names are told apart, and among how many compared. */
export interface Room {
  readonly named: number
  readonly compared: number
}

/** What stands for all names that are too small to be told apart. No domain has this name. */
export const OTHER = 'other'

/**
 * Finds the largest names of a day in bounded room, however many there are: the algorithm "Space-Saving" (Metwally et al., 2005). A name that is new when the room
 * is full takes the place, and the count, of the smallest. It depends on the order of events only, so a rebuild gives the same names.
 */
export class LargestNames {
  readonly #room: Room
  readonly #seen: Map<string, { count: number; error: number }>

  constructor(room: Room, seen: readonly Seen[] = []) {
    this.#room = room
    this.#seen = new Map(seen.map(([name, count, error]) => [name, { count, error }]))
  }

  /** Counts a name, and tells which it is counted under: itself while fewer others than have room are surely as large. */
  name(name: string): string {
    const seen = this.#count(name)
    const sure = seen.count - seen.error
    let larger = -1 // Itself is as large as itself.
    for (const { count, error } of this.#seen.values()) if (count - error >= sure) larger += 1
    return larger < this.#room.named ? name : OTHER
  }

  /** To be stored, and given back to the constructor. */
  toJSON(): readonly Seen[] {
    return [...this.#seen].map(([name, { count, error }]) => [name, count, error])
  }

  #count(name: string): { count: number; error: number } {
    const known = this.#seen.get(name)
    if (known !== undefined) {
      known.count += 1
      return known
    }
    const error = this.#seen.size < this.#room.compared ? 0 : this.#evict()
    const made = { count: error + 1, error }
    this.#seen.set(name, made)
    return made
  }

  #evict(): number {
    let least: readonly [string, number] | null = null
    for (const [name, { count }] of this.#seen) if (least === null || count < least[1]) least = [name, count]
    if (least === null) return 0
    this.#seen.delete(least[0])
    return least[1]
  }
}
