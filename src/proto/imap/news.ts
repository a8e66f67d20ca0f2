import type { FlagRow, ImapStore } from './backend.ts'
import { ALL_FLAGS, formatFlags } from './flags.ts'
import { expungeNumbers, type Selected } from './selected.ts'
import type { Session } from './session.ts'
import { intersect, seqOf } from './uid-map.ts'
import { formatRanges } from './uid-set.ts'

/**
 * Tells the client what has happened in the selected mailbox since it was last told. With `no-expunge` message
 * numbers stay: expunges are kept for later. RFC 9051 §7.5.1.
 */
export async function tellNews(session: Session, store: ImapStore, box: Selected, how: 'all' | 'no-expunge'): Promise<void> {
  const changes = await store.changes(box.id, box.modseq)
  if (changes === null) {
    session.doomed = 'The mailbox is gone'
    return
  }
  box.modseq = changes.highestModseq
  if (changes.vanished.length > 0) box.owe(intersect(box.map, changes.vanished))
  if (how === 'all') tellExpunged(session, box)
  const before = box.map.size
  const old = box.add(changes.changed)
  if (box.map.size > before) {
    session.untagged(`${box.map.size} EXISTS`)
    if (!session.rev2) session.untagged('0 RECENT')
  }
  for (const row of old) {
    tellFlags(session, box, row)
    const relief = session.out.relieve()
    if (relief !== null) await relief
  }
}

/** Tells the expunges that are owed. RFC 7162 §3.2.10: one VANISHED stands for many EXPUNGE. */
export function tellExpunged(session: Session, box: Selected): void {
  const { pending } = box
  if (pending.length === 0) return
  box.pending = []
  if (session.qresync) session.untagged(`VANISHED ${formatRanges(pending)}`)
  else for (const number of expungeNumbers(box.map, pending)) session.untagged(`${number} EXPUNGE`)
  box.remove(pending)
}

/** Tells the flags of one message, if the client knows it. UID is always with them: it costs little and QRESYNC asks for it. */
export function tellFlags(session: Session, box: Selected, row: FlagRow): void {
  const seq = seqOf(box.map, row.uid)
  if (seq === 0) return
  tellKeywords(session, box, row.keywords)
  const modseq = session.condstore ? ` MODSEQ (${row.modseq})` : ''
  session.out.text(`* ${seq} FETCH (UID ${row.uid} FLAGS (${formatFlags(row.flags, row.keywords)})${modseq})\r\n`)
}

/** Lists the flags anew when a keyword is new to the client. RFC 9051 §7.3.5. */
export function tellKeywords(session: Session, box: Selected, keywords: readonly string[]): void {
  if (keywords.length === 0) return
  const before = box.keywords.size
  for (const keyword of keywords) if (!box.keywords.has(keyword)) box.keywords.add(keyword)
  if (box.keywords.size > before) tellFlagNames(session, box)
}

/** FLAGS and PERMANENTFLAGS. `\*` says that new keywords may be made. RFC 9051 §7.1. */
export function tellFlagNames(session: Session, box: Selected): void {
  const names = [...box.keywords].join(' ')
  const flags = names === '' ? ALL_FLAGS : `${ALL_FLAGS} ${names}`
  session.untagged(`FLAGS (${flags})`)
  const permanent = box.access === 'full' ? `${flags} \\*` : ''
  session.untagged(`OK [PERMANENTFLAGS (${permanent})] Flags that are kept`)
}
