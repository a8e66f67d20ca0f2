import { Buffer, isUtf8 } from 'node:buffer'
import type { Reply } from '../reply.ts'
import { MAX_REPLY_BYTES, MAX_REPLY_CHARS, MAX_REPLY_LINES } from './limits.ts'

/** What one more line of a reply came to: it goes on, it is complete, or it is no reply. */
export type ReadLine = 'more' | 'broken' | Reply

const ZERO = 48
const DASH = 45
const SPACE = 32
const STATUS = /^([245])\.\d{1,3}\.\d{1,3}(?: |$)/
const UNPRINTABLE = /[^ -~]/
const CONTROLS = /[\0-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * Reads a server's reply line by line. RFC 5321 §4.2.
 *
 * Strict where a mistake would be believed: the code is three digits from 200 to 599 with a space, a hyphen or nothing after
 * it, and all lines of a reply agree in their first digit, else it is `broken`. (Their codes may differ beyond it: the last one
 * counts.) Lenient in the text, which is only shown: UTF-8 or Latin-1, controls as `?`, cut at `MAX_REPLY_CHARS`.
 *
 * The enhanced status is taken off each line; one whose class is not that of the code is text (RFC 2034 §4).
 */
export class ReplyReader {
  #lines = 0
  #bytes = 0
  #class = 0
  #status: string | null = null
  #text = ''

  /** Takes the next line, without its ending. After a reply or `broken` a new reply begins. */
  push(line: Uint8Array): ReadLine {
    const code = codeOf(line)
    this.#lines += 1
    this.#bytes += line.length + 2
    const group = Math.floor(code / 100)
    const agrees = this.#lines === 1 || group === this.#class
    if (code === 0 || !agrees || this.#lines > MAX_REPLY_LINES || this.#bytes > MAX_REPLY_BYTES) {
      this.#reset()
      return 'broken'
    }
    this.#class = group
    this.#add(textOf(line.subarray(4)))
    if (line[3] === DASH) return 'more'
    const reply: Reply = { code, status: this.#status, text: this.#text }
    this.#reset()
    return reply
  }

  #add(said: string): void {
    const found = STATUS.exec(said)
    const fits = found !== null && Number(found[1]) === this.#class
    const text = fits ? said.slice(found[0].length) : said
    if (fits) this.#status ??= found[0].trimEnd()
    const room = MAX_REPLY_CHARS - this.#text.length
    if (room <= 0) return
    const joined = this.#lines === 1 ? text : `\n${text}`
    this.#text += joined.length > room ? joined.slice(0, room).toWellFormed() : joined
  }

  #reset(): void {
    this.#lines = 0
    this.#bytes = 0
    this.#class = 0
    this.#status = null
    this.#text = ''
  }
}

/** The code of a reply line, or 0 when it is none. */
function codeOf(line: Uint8Array): number {
  const [first = 0, second = 0, third = 0, after = SPACE] = line
  const digits = [first - ZERO, second - ZERO, third - ZERO] as const
  if (digits.some((digit) => digit < 0 || digit > 9) || (after !== SPACE && after !== DASH)) return 0
  const code = digits[0] * 100 + digits[1] * 10 + digits[2]
  return code >= 200 && code < 600 ? code : 0
}

function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const text = buffer.toString('latin1').trimEnd()
  if (!UNPRINTABLE.test(text)) return text
  return (isUtf8(buffer) ? buffer.toString('utf8').trimEnd() : text).replace(CONTROLS, '?')
}
