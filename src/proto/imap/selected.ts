import type { FlagRow, MailboxInfo, Opened, Span } from './backend.ts'
import { type UidRange, normalize, rangesOf } from './uid-set.ts'
import { type UidMap, lastUid, seqOf, without, withAdded } from './uid-map.ts'

/**
 * The selected mailbox, as the client has been told it is. The store may be ahead; `news.ts` brings the client up to it, and only there
 * do numbers move.
 */
export class Selected {
  readonly id: MailboxInfo['id']
  readonly path: string
  readonly access: 'full' | 'read'
  readonly uidvalidity: number
  /** Message numbers as the client knows them. */
  map: UidMap
  /** What the client has been told, or is owed from `pending`. */
  modseq: number
  /** Expunged, but not told yet, because a command by message number was running. */
  pending: readonly UidRange[] = []
  /** The result that `$` stands for. RFC 5182. */
  saved: readonly UidRange[] = []
  /** Keywords listed in the last FLAGS response. */
  readonly keywords: Set<string>

  constructor(opened: Opened, access: 'full' | 'read') {
    this.id = opened.mailbox.id
    this.path = opened.mailbox.path
    this.access = access
    this.uidvalidity = opened.mailbox.uidvalidity
    this.map = opened.map
    this.modseq = opened.mailbox.highestModseq
    this.keywords = new Set(opened.keywords)
  }

  /** Takes note that a write of ours happened and was told. When nobody wrote in between, there is nothing left to ask. */
  passed(span: Span): void {
    if (this.modseq === span.before) this.modseq = span.after
  }

  /** Takes expunged UIDs out; what `$` named of them is gone too. RFC 5182 §2.1. */
  remove(uids: readonly UidRange[]): void {
    this.map = without(this.map, uids)
    this.saved = without({ runs: this.saved, before: [], size: 0 }, uids).runs
  }

  /** Adds messages that are new to the client and gives the rows that are not. */
  add(changed: readonly FlagRow[]): readonly FlagRow[] {
    const last = lastUid(this.map)
    const at = changed.findIndex(({ uid }) => uid > last)
    if (at === -1) return changed
    this.map = withAdded(this.map, changed.slice(at).map(({ uid }) => uid))
    return changed.slice(0, at)
  }

  /** Notes UIDs that are gone, to be told when numbers may move. */
  owe(uids: readonly UidRange[]): void {
    this.pending = this.pending.length === 0 ? uids : normalize([...this.pending, ...uids])
  }
}

/** Message numbers of vanishing UIDs, each as it is when the ones before it have gone. RFC 9051 §7.5.1. */
export function* expungeNumbers(map: UidMap, vanished: readonly UidRange[]): Generator<number> {
  let gone = 0
  for (const { first, last } of vanished) {
    for (let uid = first; uid <= last; uid++) {
      yield seqOf(map, uid) - gone
      gone += 1
    }
  }
}


/** Ascending UIDs of rows as ranges. */
export function rangesOfRows(rows: readonly FlagRow[]): readonly UidRange[] {
  return rangesOf(rows.map(({ uid }) => uid))
}
