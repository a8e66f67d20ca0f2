import type { ImapStore } from '../backend.ts'
import { bad, type Command, command, done, no } from '../command.ts'
import type { Scanner } from '../scanner.ts'
import { scanList } from '../scan.ts'
import { scanSearchProgram, type SearchProgram } from '../search-key.ts'
import { columnsOf, quick, type ReadyKey, ready, slow } from '../search-match.ts'
import { SearchText } from '../search-text.ts'
import type { Selected } from '../selected.ts'
import { formatString, type Session } from '../session.ts'
import { intersect, seqOf, seqRanges } from '../uid-map.ts'
import { countOf, formatRanges, numbersOf, rangesOf, type UidRange } from '../uid-set.ts'

type Return = 'MIN' | 'MAX' | 'ALL' | 'COUNT' | 'SAVE'
const RETURNS: readonly string[] = ['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE'] satisfies Return[]

interface SearchArgs extends SearchProgram {
  /** Null: no RETURN was given. Empty stands for ALL. RFC 4731 §3.1. */
  readonly returns: ReadonlySet<string> | null
}

interface Found {
  readonly uids: readonly UidRange[]
  /** The highest modseq of what was found; null when nobody asked. */
  readonly modseq: number | null
}

/** SEARCH. RFC 9051 §6.4.4, with ESEARCH and SEARCHRES; over decoded text, by substring, in any case. */
export const search: Command = searching('SEARCH', 'seq')

/** UID SEARCH. */
export const uidSearch: Command = searching('UID SEARCH', 'uid')

function searching(verb: string, numbers: 'seq' | 'uid'): Command {
  return command({
    verb,
    when: 'selected',
    news: numbers === 'uid' ? 'all' : 'no-expunge',
    parse: scanSearch,
    async run(session, args, { store, box }) {
      const saves = args.returns?.has('SAVE') === true
      if (args.charset === 'unknown') {
        if (saves) box.saved = [] // RFC 5182 §2.1: a search that fails saves nothing.
        return no('That charset is not known', 'BADCHARSET (UTF-8)')
      }
      const key = ready(args.key, { map: box.map, saved: box.saved, nowMs: session.config.clock.nowMs() })
      if (key === null) return bad('There is no message of that number')
      const found = await find(session, store, box, key)
      if (saves) box.saved = savedOf(found.uids, args.returns ?? new Set())
      tell(session, box, args, found, numbers)
      return done('Searched')
    },
  })
}

async function find(session: Session, store: ImapStore, box: Selected, key: ReadyKey): Promise<Found> {
  const candidates = candidatesOf(key, box.map.runs)
  const asksModseq = mentionsModseq(key)
  if (asksModseq) session.condstore = true
  if (key.key === 'all' || key.key === 'uids') return { uids: candidates, modseq: null }
  const source = { store, signal: session.signal }
  const found: number[] = []
  let modseq = 0
  for await (const rows of store.rows(box.id, candidates, columnsOf(key))) {
    if (session.out.gone || session.signal.aborted) break
    for (const row of rows) {
      if (seqOf(box.map, row.uid) === 0) continue
      const matches = quick(key, row) ?? (await slow(key, row, new SearchText(source, row)))
      if (!matches) continue
      found.push(row.uid)
      modseq = Math.max(modseq, row.modseq)
    }
  }
  return { uids: rangesOf(found), modseq: asksModseq ? modseq : null }
}

/** Narrows the messages to look at by the sets that must hold. */
function candidatesOf(key: ReadyKey, all: readonly UidRange[]): readonly UidRange[] {
  if (key.key === 'none') return []
  if (key.key === 'uids') return key.uids
  if (key.key !== 'and') return all
  return key.of.reduce((left, own) => (own.key === 'uids' ? intersect({ runs: left, before: [], size: 0 }, own.uids) : left), all)
}

function mentionsModseq(key: ReadyKey): boolean {
  if (key.key === 'modseq') return true
  if (key.key === 'not') return mentionsModseq(key.of)
  return (key.key === 'and' || key.key === 'or') && key.of.some(mentionsModseq)
}

/** RFC 5182 §2.4: with MIN or MAX and neither ALL nor COUNT only those are saved. */
function savedOf(uids: readonly UidRange[], returns: ReadonlySet<string>): readonly UidRange[] {
  const first = uids[0]
  const last = uids.at(-1)
  if (first === undefined || last === undefined) return []
  const ends = !returns.has('ALL') && !returns.has('COUNT')
  if (!ends || (!returns.has('MIN') && !returns.has('MAX'))) return uids
  const saved = [...(returns.has('MIN') ? [first.first] : []), ...(returns.has('MAX') ? [last.last] : [])]
  return rangesOf(new Set(saved))
}

/** SEARCH for IMAP4rev1 without RETURN, else ESEARCH. RFC 9051 §7.3.4. */
function tell(session: Session, box: Selected, args: SearchArgs, found: Found, numbers: 'seq' | 'uid'): void {
  const shown = numbers === 'uid' ? found.uids : seqRanges(box.map, found.uids)
  const modseq = found.modseq !== null && found.uids.length > 0 ? found.modseq : null
  if (args.returns === null && !session.rev2) {
    let line = '* SEARCH'
    for (const number of numbersOf(shown)) line += ` ${number}`
    session.out.text(`${line}${modseq === null ? '' : ` (MODSEQ ${modseq})`}\r\n`)
    return
  }
  const returns = args.returns === null || args.returns.size === 0 ? new Set(['ALL']) : args.returns
  if (returns.size === 1 && returns.has('SAVE')) return // RFC 5182 §2.1: nothing but SAVE has no answer.
  const first = shown[0]
  const last = shown.at(-1)
  let line = `ESEARCH (TAG ${formatString(session.tag, false)})${numbers === 'uid' ? ' UID' : ''}`
  if (returns.has('MIN') && first !== undefined) line += ` MIN ${first.first}`
  if (returns.has('MAX') && last !== undefined) line += ` MAX ${last.last}`
  if (returns.has('COUNT')) line += ` COUNT ${countOf(shown)}`
  if (returns.has('ALL') && first !== undefined) line += ` ALL ${formatRanges(shown)}`
  session.untagged(modseq === null ? line : `${line} MODSEQ ${modseq}`)
}

function scanSearch(s: Scanner): SearchArgs {
  s.need(' ')
  let returns: ReadonlySet<string> | null = null
  if (s.skip('RETURN ')) {
    returns = new Set(scanList(s, 8, (s) => s.word()))
    for (const word of returns) if (!RETURNS.includes(word)) s.fail(`unknown return option ${word}`)
    s.need(' ')
  }
  return { returns, ...scanSearchProgram(s) }
}
