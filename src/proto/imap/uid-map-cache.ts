import { SHARED_MAPS } from './limits.ts'
import type { UidMap } from './uid-map.ts'

/**
 * Number maps that sessions of one worker share: the last one of each mailbox, by its modseq. Two phones and a laptop on
 * one mailbox hold one map. The least recently used go first.
 */
export class UidMapCache {
  readonly #maps = new Map<string, { readonly modseq: number; readonly map: UidMap }>()

  /** The map of a mailbox at exactly this modseq, or null. */
  get(mailbox: string, modseq: number): UidMap | null {
    const found = this.#maps.get(mailbox)
    if (found === undefined || found.modseq !== modseq) return null
    this.#maps.delete(mailbox)
    this.#maps.set(mailbox, found)
    return found.map
  }

  /** Keeps a map for others. */
  put(mailbox: string, modseq: number, map: UidMap): void {
    this.#maps.delete(mailbox)
    this.#maps.set(mailbox, { modseq, map })
    if (this.#maps.size <= SHARED_MAPS) return
    for (const oldest of this.#maps.keys()) {
      this.#maps.delete(oldest)
      return
    }
  }
}
