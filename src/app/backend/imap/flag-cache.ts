import type { FlagRow } from '../../../proto/imap/backend.ts'
import type { UidRange } from '../../../proto/imap/uid-set.ts'

/** Rows kept in a worker, of all mailboxes together: some 10 MiB. */
const MAX_ROWS = 100_000

/**
 * The flags of whole mailboxes as they were at one modseq, shared by the sessions of a worker. Clients ask for all flags each time they connect,
 * mostly of mailboxes where nothing has changed. The least recently used go first.
 */
export class FlagCache {
  readonly #kept = new Map<string, { readonly modseq: number; readonly rows: readonly FlagRow[] }>()
  #count = 0

  /** All rows of a mailbox at exactly this modseq, by ascending UID; null when they are not here. */
  get(mailbox: string, modseq: number): readonly FlagRow[] | null {
    const found = this.#kept.get(mailbox)
    if (found === undefined || found.modseq !== modseq) return null
    this.#kept.delete(mailbox)
    this.#kept.set(mailbox, found)
    return found.rows
  }

  /** Keeps the rows of a mailbox, unless they are too many. */
  put(mailbox: string, modseq: number, rows: readonly FlagRow[]): void {
    this.#drop(mailbox)
    if (rows.length > MAX_ROWS) return
    this.#kept.set(mailbox, { modseq, rows })
    this.#count += rows.length
    for (const oldest of this.#kept.keys()) {
      if (this.#count <= MAX_ROWS) return
      this.#drop(oldest)
    }
  }

  #drop(mailbox: string): void {
    this.#count -= this.#kept.get(mailbox)?.rows.length ?? 0
    this.#kept.delete(mailbox)
  }
}

/** The rows that are in the ranges. Both ascend. */
export function pickRows(rows: readonly FlagRow[], uids: readonly UidRange[]): readonly FlagRow[] {
  const picked: FlagRow[] = []
  for (const { first, last } of uids) {
    for (let at = firstFrom(rows, first); at < rows.length; at++) {
      const row = rows[at] as FlagRow // `at` is in range.
      if (row.uid > last) break
      picked.push(row)
    }
  }
  return picked
}

function firstFrom(rows: readonly FlagRow[], uid: number): number {
  let low = 0
  for (let high = rows.length; low < high; ) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.uid ?? 0) < uid) low = middle + 1
    else high = middle
  }
  return low
}
