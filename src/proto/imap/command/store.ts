import { bad, type Command, command, done, no } from '../command.ts'
import { type Flags, formatFlags, scanFlagList, scanFlags } from '../flags.ts'
import { CHUNK } from '../limits.ts'
import { tellKeywords } from '../news.ts'
import { refusal } from '../refusal.ts'
import type { Scanner } from '../scanner.ts'
import type { FlagRow } from '../backend.ts'
import type { Selected } from '../selected.ts'
import type { Session } from '../session.ts'
import { pickSeqs, pickUids, seqOf, seqRanges } from '../uid-map.ts'
import { countOf, formatRanges, pieces, rangesOf, type SequenceSet } from '../uid-set.ts'

interface StoreArgs extends Flags {
  readonly set: SequenceSet
  readonly unchangedSince: number | null
  readonly op: 'add' | 'remove' | 'replace'
  readonly answer: 'tell' | 'silent'
}

/** STORE. RFC 9051 §6.4.6; with UNCHANGEDSINCE, RFC 7162 §3.1.3. */
export const store: Command = storing('STORE', 'seq')

/** UID STORE. */
export const uidStore: Command = storing('UID STORE', 'uid')

function storing(verb: string, numbers: 'seq' | 'uid'): Command {
  return command({
    verb,
    when: 'selected',
    news: numbers === 'uid' ? 'all' : 'no-expunge',
    parse: scanStore,
    async run(session, args, { store, box }) {
      if (box.access === 'read') return no('The mailbox is open for reading only', 'NOPERM')
      if (args.unchangedSince !== null) session.condstore = true
      const uids = (numbers === 'uid' ? pickUids : pickSeqs)(box.map, args.set, box.saved)
      if (uids === null) return bad('There is no message of that number')
      const modified: number[] = []
      let stored = 0
      for (const piece of pieces(uids, CHUNK)) {
        const result = await store.storeFlags(box.id, piece, args)
        if (result.kind === 'refused') return refusal(result)
        for (const row of result.rows) tellStored(session, box, row, args)
        box.passed(result.span)
        for (const uid of result.modified) modified.push(uid)
        stored += result.rows.length
        const relief = session.out.relieve()
        if (relief !== null) await relief
      }
      if (modified.length > 0) {
        const failed = rangesOf(modified.toSorted((a, b) => a - b))
        const told = numbers === 'uid' ? failed : seqRanges(box.map, failed)
        return done('Some were changed by others meanwhile', `MODIFIED ${formatRanges(told)}`)
      }
      return stored < countOf(uids) ? done('Some of them are gone', 'EXPUNGEISSUED') : done('Stored')
    },
  })
}

/** RFC 7162 §3.1.3: MODSEQ is told even when the flags are not. */
function tellStored(session: Session, box: Selected, row: FlagRow, { answer }: StoreArgs): void {
  if (answer === 'silent' && !session.condstore) return
  const seq = seqOf(box.map, row.uid)
  if (seq === 0) return
  if (answer === 'tell') tellKeywords(session, box, row.keywords)
  const flags = answer === 'tell' ? ` FLAGS (${formatFlags(row.flags, row.keywords)})` : ''
  const modseq = session.condstore ? ` MODSEQ (${row.modseq})` : ''
  session.out.text(`* ${seq} FETCH (UID ${row.uid}${flags}${modseq})\r\n`)
}

function scanStore(s: Scanner): StoreArgs {
  s.need(' ')
  const set = s.set()
  s.need(' ')
  let unchangedSince: number | null = null
  if (s.skip('(UNCHANGEDSINCE ')) {
    unchangedSince = s.number()
    s.need(') ')
  }
  let op: StoreArgs['op'] = 'replace'
  if (s.skip('+')) op = 'add'
  else if (s.skip('-')) op = 'remove'
  s.need('FLAGS')
  const answer = s.skip('.SILENT') ? 'silent' : 'tell'
  s.need(' ')
  return { set, unchangedSince, op, answer, ...(s.sees('(') ? scanFlagList(s) : scanFlags(s)) }
}
