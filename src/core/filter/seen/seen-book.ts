import type { OrganizationId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import { Recent } from '../../access/recent.ts'
import { KNOWN_FOR_MS, KNOWN_LIST_AFTER, MAX_KNOWN, MAX_NOTES, REFRESH_MS, YOUNG_MS } from './limits.ts'
import { BEGINNING, isCounted, type SeenKey } from './seen-key.ts'

/** What is remembered under a key. */
export interface Seen {
  readonly times: number
  readonly firstMs: number
  readonly lastMs: number
}

/** Messages to be written down. */
export interface SeenNote {
  readonly organization: OrganizationId
  readonly key: SeenKey
  readonly times: number
  readonly atMs: number
}

/** Reads what an organization remembers under some keys. `sql-seen-mail.ts` has the one implementation. */
export type ReadSeen = (organization: OrganizationId, keys: readonly SeenKey[]) => Promise<ReadonlyMap<SeenKey, Seen>>

/**
 * Who has written to an organization before, as one worker asks and notes it. Notes gather here and are written by whoever takes them, so that no message waits for a write; what has gathered
 * is lost in a crash, and then somebody is a stranger once more.
 */
export class SeenBook {
  readonly #read: ReadSeen
  readonly #clock: Clock
  readonly #known: Recent<Seen>
  #notes = new Map<string, SeenNote>()

  constructor(read: ReadSeen, clock: Clock) {
    this.#read = read
    this.#clock = clock
    this.#known = new Recent(clock, MAX_KNOWN)
  }

  /** What is remembered under these keys. Those that are missing have not been seen. */
  async look(organization: OrganizationId, keys: readonly SeenKey[]): Promise<ReadonlyMap<SeenKey, Seen>> {
    const found = new Map<SeenKey, Seen>()
    const unknown: SeenKey[] = []
    for (const key of new Set(keys)) {
      const known = this.#known.get(placeOf(organization, key))
      if (known === null) unknown.push(key)
      else found.set(key, known)
    }
    if (unknown.length === 0) return found
    for (const [key, seen] of await this.#read(organization, unknown)) {
      found.set(key, seen)
      this.#remember(organization, key, seen)
    }
    return found
  }

  /** Notes a message under these keys. Beyond `MAX_NOTES` it is not noted. */
  note(organization: OrganizationId, keys: readonly SeenKey[]): void {
    for (const key of new Set([BEGINNING, ...keys])) this.#noteOne(organization, key)
  }

  /** What has gathered, to be written down. */
  take(): readonly SeenNote[] {
    const notes = [...this.#notes.values()]
    this.#notes = new Map()
    return notes
  }

  /** What was taken and could not be written. */
  restore(notes: readonly SeenNote[]): void {
    for (const note of notes) this.#add(note)
  }

  #noteOne(organization: OrganizationId, key: SeenKey): void {
    const atMs = this.#clock.nowMs()
    const known = this.#known.get(placeOf(organization, key))
    if (known !== null && atMs - known.lastMs < REFRESH_MS) return
    if (!this.#add({ organization, key, times: 1, atMs })) return
    this.#remember(organization, key, { times: (known?.times ?? 0) + 1, firstMs: known?.firstMs ?? atMs, lastMs: atMs })
  }

  #add({ organization, key, times, atMs }: SeenNote): boolean {
    const place = placeOf(organization, key)
    const waiting = this.#notes.get(place)
    if (waiting === undefined && this.#notes.size >= MAX_NOTES) return false
    this.#notes.set(place, { organization, key, times: times + (waiting?.times ?? 0), atMs: Math.max(atMs, waiting?.atMs ?? 0) })
    return true
  }

  /** What is still counted is asked for each time. */
  #remember(organization: OrganizationId, key: SeenKey, seen: Seen): void {
    if (!isCounted(key) || seen.times >= KNOWN_LIST_AFTER) this.#known.put(placeOf(organization, key), seen, KNOWN_FOR_MS)
  }
}

/** Has an organization remembered for long enough that who is missing is a stranger? */
export function isGrown(seen: ReadonlyMap<SeenKey, Seen>, nowMs: number): boolean {
  const beginning = seen.get(BEGINNING)
  return beginning !== undefined && nowMs - beginning.firstMs >= YOUNG_MS
}

function placeOf(organization: OrganizationId, key: SeenKey): string {
  return `${organization} ${key}`
}
