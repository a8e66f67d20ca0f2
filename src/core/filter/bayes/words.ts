import { Buffer } from 'node:buffer'
import { MAX_BAYES_CHARS, MAX_WORD_CHARS } from './limits.ts'
import type { TokenSet } from './token-set.ts'
import { finish, type Hash, hashOf, step } from './word-hash.ts'

/** Told what a new token stands for. */
export type Note = (high: number, low: number, text: string) => void

/** Kinds of token: the same word in the subject and in the text are two. '' is the text. */
export type Kind = '' | 'subject' | 'from' | 'reply' | 'to' | 'id' | 'field' | 'type' | 'charset' | 'mailer' | 'said' | 'zone' | 'url' | 'scheme' | 'attachment' | 'caps' | 'length' | 'links' | 'images' | 'shape'

/** Kinds are few; their beginnings are made once. */
const SEEDS = new Map<string, Readonly<Hash>>()

/**
 * Cuts text into words and throws them, and the pairs of neighbours, into a set. Pairs over a wider window (OSB) were tried: they filled the set with
 * the first paragraphs, doubled the cost, and caught less.
 */
export class Words {
  readonly #set: TokenSet
  readonly #note: Note | null
  /** The word before, for the pair that it makes with the next one: its hash, and for the note its text. */
  #hasBefore = false
  #beforeHigh = 0
  #beforeLow = 0
  #before = ''

  constructor(set: TokenSet, note: Note | null) {
    this.#set = set
    this.#note = note
  }

  /** One token, as it stands. */
  whole(kind: Kind, text: string): void {
    const seed = seedOf(kind)
    const hash = { high: seed.high, low: seed.low }
    step(hash, WHOLE)
    for (let at = 0; at < text.length; at++) step(hash, text.charCodeAt(at))
    finish(hash)
    if (this.#set.add(hash.high, hash.low)) this.#note?.(hash.high >>> 0, hash.low >>> 0, name(kind, text))
  }

  /** Each piece of so many characters of a short text, small: what of a word is left when letters are swapped, parted or doubled. */
  pieces(kind: Kind, raw: string, length: number): void {
    const text = raw.toLowerCase()
    const seed = seedOf(kind)
    const begin = { high: seed.high, low: seed.low }
    step(begin, WHOLE)
    step(begin, PIECE)
    const hash = { high: 0, low: 0 }
    for (let at = 0; at + length <= text.length; at++) {
      hash.high = begin.high
      hash.low = begin.low
      for (let next = at; next < at + length; next++) step(hash, text.charCodeAt(next))
      finish(hash)
      if (this.#set.add(hash.high, hash.low)) this.#note?.(hash.high >>> 0, hash.low >>> 0, name(kind, `~${text.slice(at, at + length)}`))
    }
  }

  /** Each word of a text, lower-case and composed, so that accents typed in two ways are one. Stops when the set is full. */
  text(kind: Kind, raw: string): void {
    // Only ASCII is as long in UTF-8; its capitals become small by the table.
    const text = Buffer.byteLength(raw) === raw.length ? raw : raw.toLowerCase().normalize('NFC')
    const units = unitsOf(text)
    const seed = seedOf(kind)
    this.#hasBefore = false
    let { high, low } = seed
    let length = 0
    let digits = 0
    let start = 0
    for (let at = 0; at <= text.length; at++) {
      let given = units[at] ?? SPACE
      let unit = given < 128 ? (IN_WORD[given] ?? 0) : 0
      if (length === 0) start = at
      // A run of ASCII has a loop of its own: most of the time of all reading is spent here.
      while (unit !== 0) {
        length += 1
        if (unit <= NINE && unit >= ZERO) digits += 1
        // `step`, without an object for each character.
        high = Math.imul(high ^ unit, 0x01000193)
        low = Math.imul((low ^ unit) + 0x7f4a7c15, 0x5bd1e995)
        low ^= low >>> 13
        at += 1
        given = units[at] ?? SPACE
        unit = given < 128 ? (IN_WORD[given] ?? 0) : 0
      }
      const sort = given < 128 ? BETWEEN : sortOf(given)
      if (sort === SKIPPED) continue
      if (sort !== BETWEEN) {
        length += 1
        high = Math.imul(high ^ given, 0x01000193)
        low = Math.imul((low ^ given) + 0x7f4a7c15, 0x5bd1e995)
        low ^= low >>> 13
        // Scripts that write no spaces are cut into pieces of two.
        if (sort !== IDEOGRAPH || length < 2) continue
      }
      if (length === 0) continue
      if (length > MAX_WORD_CHARS) this.whole(kind, `long ${Math.min(length >> 4, 16)}`)
      else if (isWord(length, digits, units[start] ?? 0)) this.#word(kind, high, low, this.#note === null ? '' : text.slice(start, sort === BETWEEN ? at : at + 1).toLowerCase())
      if (this.#set.isFull) return
      high = seed.high
      low = seed.low
      length = 0
      digits = 0
    }
  }

  #word(kind: Kind, rawHigh: number, rawLow: number, word: string): void {
    const high = rawHigh ^ (rawHigh >>> 15)
    const low = Math.imul(rawLow ^ (rawHigh >>> 13), 0xc2b2ae35)
    const note = this.#note
    if (this.#set.add(high, low)) note?.(high >>> 0, low >>> 0, name(kind, word))
    if (this.#hasBefore) {
      const pairHigh = Math.imul(this.#beforeHigh, 0x2c1b3c6d) ^ high
      const pairLow = (Math.imul(this.#beforeLow ^ 1, 0x297a2d39) + low) | 0
      if (this.#set.add(pairHigh, pairLow)) note?.(pairHigh >>> 0, pairLow >>> 0, `${name(kind, this.#before)} ${word}`)
    }
    this.#hasBefore = true
    this.#beforeHigh = high
    this.#beforeLow = low
    if (note !== null) this.#before = word
  }
}

/** Single letters of ASCII and long numbers say nothing that comes again. */
function isWord(length: number, digits: number, first: number): boolean {
  return digits === length ? length <= 4 : length > 1 || first > 127
}

function name(kind: Kind, text: string): string {
  return kind === '' ? text : `${kind}:${text}`
}

function seedOf(kind: Kind): Readonly<Hash> {
  const known = SEEDS.get(kind)
  if (known !== undefined) return known
  const seed = hashOf(kind)
  SEEDS.set(kind, seed)
  return seed
}

/** The UTF-16 units of the text that is being read, as numbers: asking a string for each of its characters takes twice as long. */
let room = new Uint16Array(MAX_BAYES_CHARS + 1)

/** With a blank behind them, which ends the last word. */
function unitsOf(text: string): Uint16Array {
  if (text.length >= room.length) room = new Uint16Array(text.length + 1)
  Buffer.from(room.buffer).write(text, 'utf16le')
  room[text.length] = SPACE
  return room
}

const SPACE = 32
const ZERO = 0x30
const NINE = 0x39
/** Parts tokens that stand whole from words: no text has it, since text is cut at controls. */
const WHOLE = 1
/** `~`, before a piece of a word. */
const PIECE = 126

const BETWEEN = 0
const LETTER = 1
const IDEOGRAPH = 2
const SKIPPED = 3

/** What each character of ASCII is in a word, small; 0 for one that parts words. Money and shouting are parts of words: `$99`, `free!`. */
const IN_WORD = Uint8Array.from({ length: 128 }, (_, unit) => {
  const char = String.fromCharCode(unit).toLowerCase()
  return /[0-9a-z$!'%_-]/.test(char) ? char.charCodeAt(0) : 0
})

/** Ranges that matter; the rest is letters. What is unseen does not part a word, else words could be hidden from us. */
function sortOf(unit: number): number {
  if (unit === 0xad || (unit >= 0x200b && unit <= 0x200f) || (unit >= 0x202a && unit <= 0x202e) || unit === 0x2060 || unit === 0xfeff) return SKIPPED
  if (unit < 0xc0 || unit === 0xd7 || unit === 0xf7) return BETWEEN
  if ((unit >= 0x2000 && unit <= 0x2bff) || (unit >= 0x3000 && unit <= 0x303f) || (unit >= 0xff00 && unit <= 0xff0f)) return BETWEEN
  if ((unit >= 0x0e00 && unit <= 0x0eff) || (unit >= 0x3040 && unit <= 0x9fff) || (unit >= 0xac00 && unit <= 0xd7af)) return IDEOGRAPH
  return LETTER
}
