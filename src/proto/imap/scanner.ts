import { MAX_MAILBOX_NAME } from './limits.ts'
import { parseSequenceSet, type SequenceSet } from './uid-set.ts'
import { decodeUtf7 } from './utf7.ts'

const ATOM = /[^\x00-\x20"%()*\\\]{\x7f-\xff]+/y
const ASTRING = /[^\x00-\x20"%()*\\{\x7f-\xff]+/y
const LIST_MAILBOX = /[^\x00-\x20"()\\{\x7f]+/y
const QUOTED = /"((?:[^"\\\r\n\0]|\\["\\])*)"/y
const LITERAL = /(~?)\{([0-9]{1,10})\+?\}\r\n/y
const NUMBER = /[0-9]{1,19}/y
const SET = /[0-9*:,$]+/y
const TAG = /[^\x00-\x20"%()*+\\{\x7f-\xff]+/y

/**
 * Reads a command from its bytes, given as Latin-1 text with literals in place (`{3}\r\nabc`) and without the last CRLF.
 *
 * A fault sticks: after the first one every read gives an empty value and moves nowhere, so that a parser reads straight
 * through and the fault is looked at once, at the end.
 */
export class Scanner {
  readonly text: string
  /** True when mailbox names are UTF-8, as ENABLE has agreed. RFC 9755, RFC 9051 §5.1. */
  readonly utf8: boolean
  at = 0
  /** What is wrong, in words for the client; null while all is well. */
  fault: string | null = null

  constructor(text: string, options: { readonly utf8: boolean; readonly at?: number }) {
    this.text = text
    this.utf8 = options.utf8
    this.at = options.at ?? 0
  }

  get atEnd(): boolean {
    return this.fault === null && this.at === this.text.length
  }

  /** Notes the first fault. Always gives false, for `return s.fail(...)`. */
  fail(fault: string): false {
    this.fault ??= fault
    return false
  }

  /** True when the next character is this one; nothing is taken. */
  sees(char: string): boolean {
    return this.fault === null && this.text.charAt(this.at) === char
  }

  /** Takes `word` when it comes next, without case. */
  skip(word: string): boolean {
    if (this.fault !== null) return false
    const end = this.at + word.length
    const found = this.text.slice(this.at, end)
    if (found !== word && found.toUpperCase() !== word) return false
    this.at = end
    return true
  }

  /** Takes `word` or fails. Words are given in upper case. */
  need(word: string): void {
    if (!this.skip(word)) this.fail(`expected ${word === ' ' ? 'a space' : word}`)
  }

  /** The end of the command must be here. */
  end(): void {
    if (this.fault === null && this.at !== this.text.length) this.fail('unexpected text at the end')
  }

  /** Takes what the sticky pattern matches, or fails naming `what`. */
  take(pattern: RegExp, what: string): string {
    if (this.fault !== null) return ''
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found === null) {
      this.fail(`expected ${what}`)
      return ''
    }
    this.at = pattern.lastIndex
    return found[0]
  }

  tag(): string {
    return this.take(TAG, 'a tag')
  }

  atom(): string {
    return this.take(ATOM, 'an atom')
  }

  /** A keyword of the grammar, in upper case. */
  word(): string {
    return this.atom().toUpperCase()
  }

  /** A number below 2^53. RFC 7162 allows modseqs up to 2^63: ours never get there. */
  number(): number {
    const value = Number(this.take(NUMBER, 'a number'))
    return Number.isSafeInteger(value) ? value : Number.MAX_SAFE_INTEGER
  }

  /** A number from 1 to 2^32-1. */
  nzNumber(): number {
    const value = this.number()
    if (value < 1 || value > 0xffff_ffff) this.fail('expected a number from 1 to 4294967295')
    return value
  }

  /** sequence-set, or `$`. */
  set(): SequenceSet {
    const set = parseSequenceSet(this.take(SET, 'a sequence set'))
    if (set !== null) return set
    this.fail('expected a sequence set')
    return { kind: 'ranges', ranges: [] }
  }

  /** string: quoted or literal, as text. */
  string(): string {
    return this.#decoded(this.#raw(null, 'a string'))
  }

  /** astring: an atom, quoted or literal, as text. */
  astring(): string {
    return this.#decoded(this.#raw(ASTRING, 'a string'))
  }

  /** astring, as the bytes it was sent as (one character is one byte): its charset is told elsewhere. */
  rawAstring(): string {
    return this.#raw(ASTRING, 'a string')
  }

  /** string or NIL. */
  nstring(): string | null {
    if (this.skip('NIL')) return null
    return this.string()
  }

  /** A mailbox name: INBOX in any case is INBOX, and so is the first level of what is below it. RFC 9051 §5.1. */
  mailbox(): string {
    return this.#mailboxName(this.#raw(ASTRING, 'a mailbox name'))
  }

  /** A LIST pattern: a mailbox name with `*` and `%`. */
  listMailbox(): string {
    return this.#mailboxName(this.#raw(LIST_MAILBOX, 'a mailbox pattern'))
  }

  /** A literal8 or literal as bytes in Latin-1. RFC 3516. */
  #literal(): string | null {
    LITERAL.lastIndex = this.at
    const found = LITERAL.exec(this.text)
    if (found === null) return null
    const start = LITERAL.lastIndex
    const end = start + Number(found[2])
    if (end > this.text.length) {
      this.fail('the literal is cut short')
      return ''
    }
    const bytes = this.text.slice(start, end)
    if (found[1] === '' && bytes.includes('\0')) this.fail('NUL is only allowed in literal8')
    this.at = end
    return bytes
  }

  #raw(bare: RegExp | null, what: string): string {
    if (this.fault !== null) return ''
    if (this.sees('"')) {
      const quoted = this.take(QUOTED, `${what}; the quoted string is malformed`)
      const inner = quoted.slice(1, -1)
      return inner.includes('\\') ? inner.replace(/\\(["\\])/g, '$1') : inner
    }
    const literal = this.#literal()
    if (literal !== null) return literal
    if (bare === null) {
      this.fail(`expected ${what}`)
      return ''
    }
    return this.take(bare, what)
  }

  #decoded(bytes: string): string {
    const text = decodeText(bytes)
    if (text !== null) return text
    this.fail('the string is not UTF-8')
    return ''
  }

  #mailboxName(bytes: string): string {
    if (this.fault !== null) return ''
    if (bytes.length > MAX_MAILBOX_NAME) this.fail('the mailbox name is too long')
    const text = this.#decoded(bytes)
    // Clients that have not agreed on UTF-8 and still send it mean it: the bytes fit no other reading.
    const name = this.utf8 || text.length !== bytes.length ? text : (decodeUtf7(text) ?? text)
    const canonical = name.normalize('NFC')
    return /^inbox(?=\/|$)/i.test(canonical) ? `INBOX${canonical.slice(5)}` : canonical
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes in Latin-1 as the UTF-8 text they are; null when they are not. */
export function decodeText(bytes: string): string | null {
  if (!/[\x80-\xff]/.test(bytes)) return bytes
  try {
    return strictUtf8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return null // Not UTF-8: the one thing that a fatal decoder throws for.
  }
}
