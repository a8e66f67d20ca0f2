import type { Changes, ImapStore, Opened } from '../backend.ts'
import { bad, type Command, command, done, no } from '../command.ts'
import { tellFlagNames, tellFlags } from '../news.ts'
import { scanList } from '../scan.ts'
import type { Scanner } from '../scanner.ts'
import { Selected } from '../selected.ts'
import type { Session } from '../session.ts'
import { seqOf, without } from '../uid-map.ts'
import { formatRanges, type SequenceSet, type UidRange } from '../uid-set.ts'
import { pickKnown } from '../vanished.ts'

interface SelectArgs {
  readonly path: string
  readonly condstore: 'condstore' | 'plain'
  readonly qresync: Qresync | null
}

/** What the client remembers of the mailbox. RFC 7162 §3.2.5. */
interface Qresync {
  readonly uidvalidity: number
  readonly modseq: number
  readonly known: SequenceSet | null
}

/** SELECT. RFC 9051 §6.3.2. */
export const select: Command = opening('SELECT', 'full')

/** EXAMINE: SELECT, but nothing can be changed. RFC 9051 §6.3.3. */
export const examine: Command = opening('EXAMINE', 'read')

function opening(verb: string, access: 'full' | 'read'): Command {
  return command({
    verb,
    when: 'authenticated',
    news: 'none',
    parse: scanSelect,
    async run(session, args, phase) {
      const { store } = phase
      if (args.qresync !== null && !session.qresync) return bad('ENABLE QRESYNC first') // RFC 7162 §3.2.5.
      if (phase.at === 'selected') {
        session.select(store, null) // Left even when the new one cannot be opened. RFC 9051 §6.3.2.
        if (session.rev2 || session.qresync) session.untagged('OK [CLOSED] The mailbox before is closed')
      }
      const opened = await store.open(args.path)
      if (opened === null) return no('There is no such mailbox', 'NONEXISTENT')
      if (args.condstore === 'condstore') session.condstore = true
      const box = new Selected(opened, opened.mailbox.access === 'read' ? 'read' : access)
      tellMailbox(session, opened, box)
      if (args.qresync !== null && args.qresync.uidvalidity === box.uidvalidity) await resync(session, store, box, args.qresync)
      session.select(store, box)
      return done('Selected', box.access === 'full' ? 'READ-WRITE' : 'READ-ONLY')
    },
  })
}

function tellMailbox(session: Session, { mailbox }: Opened, box: Selected): void {
  tellFlagNames(session, box)
  session.untagged(`${box.map.size} EXISTS`)
  if (!session.rev2) session.untagged('0 RECENT')
  session.untagged(`OK [UIDVALIDITY ${mailbox.uidvalidity}] UIDs hold as long as this stays`)
  session.untagged(`OK [UIDNEXT ${mailbox.uidnext}] The next UID`)
  session.untagged(`OK [HIGHESTMODSEQ ${mailbox.highestModseq}] The last change`)
  session.untagged(`OK [MAILBOXID (${mailbox.id})] Its id`)
  if (session.rev2) session.untagged(`LIST () "/" ${session.mailboxName(mailbox.path)}`)
}

/** Tells what went and what changed since the client was last here. RFC 7162 §3.2.5.1. */
async function resync(session: Session, store: ImapStore, box: Selected, known: Qresync): Promise<void> {
  const changes = await store.changes(box.id, known.modseq)
  if (changes === null) return
  const vanished = earlier(changes, box, known.known)
  if (vanished.length > 0) session.untagged(`VANISHED (EARLIER) ${formatRanges(vanished)}`)
  for (const row of changes.changed) {
    if (known.known !== null && seqOf(box.map, row.uid) === 0) continue
    tellFlags(session, box, row)
    const relief = session.out.relieve()
    if (relief !== null) await relief
  }
}

/** What vanished of the UIDs the client knows; not what vanished just now, which is still in the map and told as news. */
function earlier(changes: Changes, box: Selected, known: SequenceSet | null): readonly UidRange[] {
  const gone = without({ runs: changes.vanished, before: [], size: 0 }, box.map.runs).runs
  return known === null ? gone : pickKnown(gone, known)
}

function scanSelect(s: Scanner): SelectArgs {
  s.need(' ')
  const path = s.mailbox()
  let condstore: SelectArgs['condstore'] = 'plain'
  let qresync: Qresync | null = null
  if (s.skip(' ')) {
    scanList(s, 4, (s) => {
      const word = s.word()
      if (word === 'CONDSTORE') condstore = 'condstore'
      else if (word === 'QRESYNC') qresync = scanQresync(s)
      else s.fail('unknown parameter')
    })
  }
  return { path, condstore, qresync }
}

/** `(uidvalidity modseq [known-uids] [(known-sequence-set known-uid-set)])`. The match data may be passed over: it only spares VANISHED. */
function scanQresync(s: Scanner): Qresync {
  s.need(' (')
  const uidvalidity = s.nzNumber()
  s.need(' ')
  const modseq = s.number()
  let known: SequenceSet | null = null
  if (s.skip(' ') && !s.sees('(')) {
    known = s.set()
    s.skip(' ')
  }
  if (s.skip('(')) {
    s.set()
    s.need(' ')
    s.set()
    s.need(')')
  }
  s.need(')')
  return { uidvalidity, modseq, known }
}
