import { formatInternalDate } from '../../mail/date.ts'
import { type Columns, type FlagRow, type ImapStore, type Row, SEEN } from '../backend.ts'
import { bad, type Command, command, done, no, type Tagged } from '../command.ts'
import { formatEnvelope, formatStructure } from '../envelope.ts'
import { binaryBytes, binarySize, type Payload, sectionBytes } from '../fetch-bytes.ts'
import { type FetchItem, type PlainItem, scanFetchItems } from '../fetch-items.ts'
import { formatFlags } from '../flags.ts'
import { tellKeywords } from '../news.ts'
import { scanList } from '../scan.ts'
import type { Scanner } from '../scanner.ts'
import type { Selected } from '../selected.ts'
import type { Session } from '../session.ts'
import { intersect, pickSeqs, pickUids, seqOf, without } from '../uid-map.ts'
import { formatRanges, normalize, rangesOf, type SequenceSet, type UidRange } from '../uid-set.ts'
import { pickKnown } from '../vanished.ts'

interface FetchArgs {
  readonly set: SequenceSet
  readonly items: readonly FetchItem[]
  /** RFC 7162 §3.1.4.1. */
  readonly changedSince: number | null
  /** RFC 7162 §3.2.6. */
  readonly vanished: 'vanished' | null
}

/** FETCH. RFC 9051 §6.4.5. */
export const fetch: Command = fetching('FETCH', 'seq')

/** UID FETCH. */
export const uidFetch: Command = fetching('UID FETCH', 'uid')

function fetching(verb: string, numbers: 'seq' | 'uid'): Command {
  return command({
    verb,
    when: 'selected',
    news: numbers === 'uid' ? 'all' : 'no-expunge',
    parse: scanFetch,
    async run(session, args, { store, box }) {
      if (args.vanished !== null && (!session.qresync || numbers === 'seq')) return bad('VANISHED goes with UID FETCH and QRESYNC')
      const wantsModseq = args.changedSince !== null || args.items.some((item) => item.kind === 'plain' && item.item === 'MODSEQ')
      if (wantsModseq) session.condstore = true
      let uids = (numbers === 'uid' ? pickUids : pickSeqs)(box.map, args.set, box.saved)
      if (uids === null) return bad('There is no message of that number')
      if (args.changedSince !== null) uids = await changedOf(session, store, box, args, uids)
      if (uids.length === 0) return done('Fetched')
      return await new Fetch(session, store, box, withImplied(args, numbers)).run(uids)
    },
  })
}

/** Those of the messages that changed, after telling which have vanished. */
async function changedOf(session: Session, store: ImapStore, box: Selected, args: FetchArgs, uids: readonly UidRange[]): Promise<readonly UidRange[]> {
  const changes = await store.changes(box.id, args.changedSince ?? 0)
  if (changes === null) return []
  if (args.vanished !== null) {
    const gone = pickKnown(without({ runs: changes.vanished, before: [], size: 0 }, box.map.runs).runs, args.set)
    if (gone.length > 0) session.untagged(`VANISHED (EARLIER) ${formatRanges(gone)}`)
  }
  const changed = rangesOf(changes.changed.map(({ uid }) => uid))
  return intersect({ runs: normalize(uids), before: [], size: 0 }, changed)
}

/** UID FETCH answers with the UID, CHANGEDSINCE with the MODSEQ, asked for or not. */
function withImplied({ items, changedSince }: FetchArgs, numbers: 'seq' | 'uid'): readonly FetchItem[] {
  const has = (item: PlainItem): boolean => items.some((own) => own.kind === 'plain' && own.item === item)
  const implied: FetchItem[] = []
  if (numbers === 'uid' && !has('UID')) implied.push({ kind: 'plain', item: 'UID' })
  if (changedSince !== null && !has('MODSEQ')) implied.push({ kind: 'plain', item: 'MODSEQ' })
  return [...implied, ...items]
}

/** One FETCH on its way through the messages. */
class Fetch {
  readonly #session: Session
  readonly #store: ImapStore
  readonly #box: Selected
  readonly #items: readonly FetchItem[]
  readonly #columns: Columns
  readonly #sees: boolean
  #unknownCte = false

  constructor(session: Session, store: ImapStore, box: Selected, items: readonly FetchItem[]) {
    this.#session = session
    this.#store = store
    this.#box = box
    this.#items = items
    this.#columns = columnsFor(items)
    this.#sees = box.access === 'full' && items.some((item) => 'sees' in item && item.sees)
  }

  async run(uids: readonly UidRange[]): Promise<Tagged> {
    const { out } = this.#session
    for await (const rows of this.#store.rows(this.#box.id, uids, this.#columns)) {
      const seen = this.#sees ? await this.#markSeen(rows) : null
      for (const row of rows) {
        const seq = seqOf(this.#box.map, row.uid)
        if (seq === 0) continue
        const answer = this.#answer(seq, row, seen?.get(row.uid) ?? null)
        if (answer !== null) await answer
        const relief = out.relieve()
        if (relief !== null) await relief
        if (out.gone || this.#session.doomed !== null) return bad('You are gone')
      }
    }
    return this.#unknownCte ? no('A part has an encoding that I do not know', 'UNKNOWN-CTE') : done('Fetched')
  }

  /** Sets \Seen on what is not, in one write for the chunk. RFC 9051 §6.4.5: the new flags are told with the message. */
  async #markSeen(rows: readonly Row[]): Promise<ReadonlyMap<number, FlagRow> | null> {
    const unseen = rows.filter(({ flags }) => (flags & SEEN) === 0).map(({ uid }) => uid)
    if (unseen.length === 0) return null
    const change = { op: 'add', flags: SEEN, keywords: [], unchangedSince: null } as const
    const stored = await this.#store.storeFlags(this.#box.id, rangesOf(unseen), change)
    if (stored.kind === 'refused') return null
    this.#box.passed(stored.span)
    return new Map(stored.rows.map((row) => [row.uid, row]))
  }

  /** Writes the answer for one message. Null when it is done already: text needs no waiting. */
  #answer(seq: number, row: Row, seen: FlagRow | null): Promise<void> | null {
    const now = seen === null ? row : { ...row, flags: seen.flags, keywords: seen.keywords, modseq: seen.modseq }
    tellKeywords(this.#session, this.#box, now.keywords)
    let text = ''
    const bodies: Exclude<FetchItem, { kind: 'plain' }>[] = []
    for (const item of this.#items) {
      if (item.kind === 'plain') text += `${text === '' ? '' : ' '}${this.#plain(item.item, now)}`
      else bodies.push(item)
    }
    // \Seen was set: the client hears of it even when it asked for the body alone.
    const flagsAsked = this.#items.some((item) => item.kind === 'plain' && item.item === 'FLAGS')
    if (seen !== null && !flagsAsked) text += `${text === '' ? '' : ' '}${this.#plain('FLAGS', now)}`
    if (bodies.length > 0) return this.#bodies(`* ${seq} FETCH (${text}`, text === '' ? '' : ' ', now, bodies)
    this.#session.out.text(`* ${seq} FETCH (${text})\r\n`)
    return null
  }

  async #bodies(head: string, space: string, row: Row, items: readonly Exclude<FetchItem, { kind: 'plain' }>[]): Promise<void> {
    const { out } = this.#session
    const source = { store: this.#store, signal: this.#session.signal }
    let before = head + space
    for (const item of items) {
      if (item.kind === 'binary-size') {
        const size = await binarySize(source, row, item.path)
        if (size === 'unknown-cte') this.#unknownCte = true
        else before += `${item.label} ${size?.sizeBytes ?? 0} `
        continue
      }
      const payload = item.kind === 'section' ? await sectionBytes(source, row, item.section, item.partial) : await binaryBytes(source, row, item)
      if (payload === 'unknown-cte') {
        this.#unknownCte = true
        continue
      }
      out.text(`${before}${item.label} `)
      before = ' '
      await this.#send(payload, item.kind === 'binary' ? '~' : '')
    }
    if (before === head) return // Nothing could be told of this message.
    out.text(before === ' ' ? ')\r\n' : `${before.trimEnd()})\r\n`)
  }

  /** A literal that is shorter than it said would put the client out of step: then the connection ends. */
  async #send(payload: Payload | null, prefix: '' | '~'): Promise<void> {
    const { out } = this.#session
    if (payload === null) return out.text('NIL')
    out.text(`${prefix}{${payload.sizeBytes}}\r\n`)
    let sent = 0
    try {
      for await (const chunk of payload.chunks) {
        out.bytes(chunk)
        sent += chunk.length
        const relief = out.relieve()
        if (relief !== null) await relief
        if (out.gone) return
      }
    } finally {
      if (sent !== payload.sizeBytes) this.#session.doomed = 'The message could not be read to its end'
    }
    if (sent !== payload.sizeBytes) throw new Error(`a literal of ${payload.sizeBytes} bytes gave ${sent}`)
  }

  #plain(item: PlainItem, row: Row): string {
    const { email, index } = row
    switch (item) {
      case 'FLAGS':
        return `FLAGS (${formatFlags(row.flags, row.keywords)})`
      case 'UID':
        return `UID ${row.uid}`
      case 'MODSEQ':
        return `MODSEQ (${row.modseq})`
      case 'INTERNALDATE':
        return `INTERNALDATE "${formatInternalDate(email?.receivedMs ?? 0)}"`
      case 'SAVEDATE':
        return `SAVEDATE "${formatInternalDate(email?.savedMs ?? 0)}"`
      case 'RFC822.SIZE':
        return `RFC822.SIZE ${email?.size ?? 0}`
      case 'EMAILID':
        return `EMAILID (${email?.emailId ?? ''})`
      case 'THREADID':
        return `THREADID (${email?.threadId ?? ''})`
      case 'ENVELOPE':
        return index === null ? 'ENVELOPE NIL' : `ENVELOPE ${formatEnvelope(index.envelope, this.#session.utf8)}`
      case 'BODY':
        return index === null ? 'BODY NIL' : `BODY ${formatStructure(index, 'plain', this.#session.utf8)}`
      case 'BODYSTRUCTURE':
        return index === null ? 'BODYSTRUCTURE NIL' : `BODYSTRUCTURE ${formatStructure(index, 'extended', this.#session.utf8)}`
    }
  }
}

function columnsFor(items: readonly FetchItem[]): Columns {
  let columns: Columns = 'flags'
  for (const item of items) {
    const whole = item.kind === 'section' && item.section.path.length === 0 && item.section.of === 'all'
    if (item.kind !== 'plain' && !whole) return 'index'
    if (item.kind !== 'plain') columns = 'email'
    else if (item.item === 'ENVELOPE' || item.item === 'BODY' || item.item === 'BODYSTRUCTURE') return 'index'
    else if (item.item !== 'FLAGS' && item.item !== 'UID' && item.item !== 'MODSEQ') columns = 'email'
  }
  return columns
}

function scanFetch(s: Scanner): FetchArgs {
  s.need(' ')
  const set = s.set()
  s.need(' ')
  const items = scanFetchItems(s)
  let changedSince: number | null = null
  let vanished: FetchArgs['vanished'] = null
  if (s.skip(' ')) {
    scanList(s, 2, (s) => {
      if (s.skip('VANISHED')) vanished = 'vanished'
      else {
        s.need('CHANGEDSINCE ')
        changedSince = s.number()
      }
    })
  }
  if (vanished !== null && changedSince === null) s.fail('VANISHED needs CHANGEDSINCE')
  return { set, items, changedSince, vanished }
}
