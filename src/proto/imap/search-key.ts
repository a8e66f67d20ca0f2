import { decodeCharset, isKnownCharset } from '../mail/charset.ts'
import { foldText } from '../mail/fold-text.ts'
import { ANSWERED, DELETED, DRAFT, FLAGGED, SEEN } from './backend.ts'
import { DAY_MS, scanDay } from './date.ts'
import { MAX_SEARCH_DEPTH, MAX_SEARCH_KEYS } from './limits.ts'
import type { Scanner } from './scanner.ts'
import type { SequenceSet } from './uid-set.ts'

/** Header fields that the envelope holds: no bytes need be read for them. */
export type EnvelopeField = 'from' | 'to' | 'cc' | 'bcc' | 'subject'

/** A condition on messages. Texts are folded (`foldText`); dates are half-open ranges in milliseconds. RFC 9051 §6.4.4. */
export type SearchKey =
  | { readonly key: 'all' | 'none' }
  | { readonly key: 'set'; readonly numbers: 'seq' | 'uid'; readonly set: SequenceSet }
  | { readonly key: 'flag'; readonly bit: number; readonly want: number }
  | { readonly key: 'keyword'; readonly name: string }
  | { readonly key: 'modseq'; readonly from: number }
  | { readonly key: 'larger' | 'smaller'; readonly size: number }
  | { readonly key: 'received' | 'saved' | 'sent'; readonly from: number; readonly before: number }
  /** Received (seconds ago): YOUNGER and OLDER. RFC 5032. */
  | { readonly key: 'younger' | 'older'; readonly seconds: number }
  | { readonly key: 'emailid' | 'threadid'; readonly id: string }
  | { readonly key: 'envelope'; readonly field: EnvelopeField; readonly text: string }
  | { readonly key: 'header'; readonly name: string; readonly text: string }
  | { readonly key: 'body' | 'text'; readonly text: string }
  | { readonly key: 'not'; readonly of: SearchKey }
  | { readonly key: 'and' | 'or'; readonly of: readonly SearchKey[] }

/** What SEARCH was told about its strings: an unknown charset is the one fault that is no syntax error. */
export interface SearchProgram {
  readonly key: SearchKey
  readonly charset: 'known' | 'unknown'
}

const FLAG_KEYS: Readonly<Record<string, readonly [bit: number, want: number]>> = {
  SEEN: [SEEN, SEEN],
  UNSEEN: [SEEN, 0],
  ANSWERED: [ANSWERED, ANSWERED],
  UNANSWERED: [ANSWERED, 0],
  FLAGGED: [FLAGGED, FLAGGED],
  UNFLAGGED: [FLAGGED, 0],
  DELETED: [DELETED, DELETED],
  UNDELETED: [DELETED, 0],
  DRAFT: [DRAFT, DRAFT],
  UNDRAFT: [DRAFT, 0],
}

/** Reads `[CHARSET name] key key ...`. */
export function scanSearchProgram(s: Scanner): SearchProgram {
  let charset = 'utf-8'
  if (s.skip('CHARSET ')) {
    charset = s.astring()
    s.need(' ')
  }
  const known = isKnownCharset(charset)
  const scan = new KeyScanner(s, known ? charset : 'utf-8')
  return { key: scan.keys(0, 'end'), charset: known ? 'known' : 'unknown' }
}

/** Reads keys, counting them and their depth. */
class KeyScanner {
  readonly #s: Scanner
  readonly #charset: string
  #count = 0

  constructor(s: Scanner, charset: string) {
    this.#s = s
    this.#charset = charset
  }

  /** Keys parted by spaces: all of them must hold. */
  keys(depth: number, until: 'end' | ')'): SearchKey {
    const keys = [this.#key(depth)]
    while (this.#s.skip(' ')) keys.push(this.#key(depth))
    if (until === ')') this.#s.need(')')
    const [only] = keys
    return keys.length === 1 && only !== undefined ? only : { key: 'and', of: keys }
  }

  #key(depth: number): SearchKey {
    const s = this.#s
    this.#count += 1
    if (depth > MAX_SEARCH_DEPTH || this.#count > MAX_SEARCH_KEYS) s.fail('the search has too many or too deep keys')
    if (s.fault !== null) return { key: 'none' }
    if (s.skip('(')) return this.keys(depth + 1, ')')
    if (/[0-9*$]/.test(s.text.charAt(s.at))) return { key: 'set', numbers: 'seq', set: s.set() }
    const word = s.word()
    const flag = FLAG_KEYS[word]
    if (flag !== undefined) return { key: 'flag', bit: flag[0], want: flag[1] }
    return this.#simple(word) ?? this.#dated(word) ?? this.#textual(word) ?? this.#nested(word, depth)
  }

  #simple(word: string): SearchKey | null {
    const s = this.#s
    switch (word) {
      case 'ALL':
      case 'OLD': // \Recent is never set, so all are old. RFC 3501 §6.4.4.
        return { key: 'all' }
      case 'NEW':
      case 'RECENT':
        return { key: 'none' }
      case 'SAVEDATESUPPORTED':
        return { key: 'all' }
      case 'UID':
        s.need(' ')
        return { key: 'set', numbers: 'uid', set: s.set() }
      case 'KEYWORD':
        s.need(' ')
        return { key: 'keyword', name: s.atom() }
      case 'UNKEYWORD':
        s.need(' ')
        return { key: 'not', of: { key: 'keyword', name: s.atom() } }
      case 'LARGER':
      case 'SMALLER':
        s.need(' ')
        return { key: word === 'LARGER' ? 'larger' : 'smaller', size: s.number() }
      case 'YOUNGER':
      case 'OLDER':
        s.need(' ')
        return { key: word === 'YOUNGER' ? 'younger' : 'older', seconds: s.nzNumber() }
      case 'EMAILID':
      case 'THREADID':
        s.need(' ')
        return { key: word === 'EMAILID' ? 'emailid' : 'threadid', id: s.astring() }
      case 'MODSEQ':
        return this.#modseq()
      default:
        return null
    }
  }

  /** RFC 7162 §3.1.5: the name of a flag may stand before the number; we keep one modseq for all flags. */
  #modseq(): SearchKey {
    const s = this.#s
    s.need(' ')
    if (s.sees('"')) {
      s.string()
      s.need(' ')
      s.atom()
      s.need(' ')
    }
    return { key: 'modseq', from: s.number() }
  }

  #dated(word: string): SearchKey | null {
    const found = /^(SENT|SAVED|)(BEFORE|ON|SINCE)$/.exec(word)
    if (found === null) return null
    this.#s.need(' ')
    const day = scanDay(this.#s)
    const key = ({ SENT: 'sent', SAVED: 'saved' } as const)[found[1] ?? ''] ?? 'received'
    const from = found[2] === 'BEFORE' ? -Infinity : day
    const before = { BEFORE: day, ON: day + DAY_MS }[found[2] ?? ''] ?? Infinity
    return { key, from, before }
  }

  #textual(word: string): SearchKey | null {
    const s = this.#s
    switch (word) {
      case 'FROM':
      case 'TO':
      case 'CC':
      case 'BCC':
      case 'SUBJECT':
        return { key: 'envelope', field: word.toLowerCase() as EnvelopeField, text: this.#text() }
      case 'BODY':
      case 'TEXT':
        return { key: word === 'BODY' ? 'body' : 'text', text: this.#text() }
      case 'HEADER': {
        s.need(' ')
        const name = s.astring().toLowerCase()
        return { key: 'header', name, text: this.#text() }
      }
      default:
        return null
    }
  }

  #nested(word: string, depth: number): SearchKey {
    const s = this.#s
    if (word === 'NOT') {
      s.need(' ')
      return { key: 'not', of: this.#key(depth + 1) }
    }
    if (word === 'OR') {
      s.need(' ')
      const one = this.#key(depth + 1)
      s.need(' ')
      return { key: 'or', of: [one, this.#key(depth + 1)] }
    }
    s.fail(`unknown search key ${word}`)
    return { key: 'none' }
  }

  #text(): string {
    this.#s.need(' ')
    return foldText(decodeCharset(Buffer.from(this.#s.rawAstring(), 'latin1'), this.#charset))
  }
}
