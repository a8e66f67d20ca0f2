import { Buffer } from 'node:buffer'
import type { Reply } from '../smtp/reply.ts'
import { ReplyReader } from '../smtp/client/reply-reader.ts'
import { MAX_REPLY_CHARS } from './limits.ts'
import { cStrings, type Packet } from './packet.ts'

/** A change of the header that a filter asks for. Values may be folded with CRLF and white space, and never leave their field. */
export type Change =
  /** At the end of the header. */
  | { readonly kind: 'add'; readonly name: string; readonly value: string }
  /** In front of the field that stands at `at`, counted from 0; beyond the last one it is an `add`. */
  | { readonly kind: 'insert'; readonly at: number; readonly name: string; readonly value: string }
  /** The `nth` field of that name, counted from 1; a value of null takes it away. */
  | { readonly kind: 'change'; readonly nth: number; readonly name: string; readonly value: string | null }

/** One thing that a filter said. */
export type Answer =
  | { readonly kind: 'continue' | 'accept' | 'reject' | 'tempfail' | 'discard' | 'skip' | 'progress' }
  /** A refusal in its own words, 4yz or 5yz. */
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'quarantine'; readonly reason: string }
  | { readonly kind: 'change'; readonly change: Change }
  /** A change that we did not offer: of the envelope or the body. */
  | { readonly kind: 'unoffered' }
  | { readonly kind: 'broken' }

type Plain = 'continue' | 'accept' | 'reject' | 'tempfail' | 'discard' | 'skip' | 'progress' | 'unoffered'

const PLAIN: Readonly<Record<string, Plain>> = {
  c: 'continue',
  a: 'accept',
  r: 'reject',
  t: 'tempfail',
  d: 'discard',
  s: 'skip',
  p: 'progress',
  f: 'tempfail', // SMFIR_CONN_FAIL
  '4': 'tempfail', // SMFIR_SHUTDOWN
  '+': 'unoffered',
  '2': 'unoffered',
  '-': 'unoffered',
  b: 'unoffered',
  e: 'unoffered',
}

/** Reads a packet of the filter. Never throws; what makes no sense is `broken`. */
export function parseAnswer({ letter, data }: Packet): Answer {
  switch (letter) {
    case 'y':
      return replyOf(data)
    case 'q':
      return { kind: 'quarantine', reason: textOf(cStrings(data, 1)[0] ?? new Uint8Array()).slice(0, MAX_REPLY_CHARS).toWellFormed() }
    case 'h':
      return fieldOf(data, (name, value) => ({ kind: 'add', name, value }))
    case 'i':
      return numbered(data, (at, name, value) => ({ kind: 'insert', at, name, value }))
    case 'm':
      return numbered(data, (nth, name, value) => ({ kind: 'change', nth: Math.max(1, nth), name, value: value === '' ? null : value }))
    default: {
      const kind = Object.hasOwn(PLAIN, letter) ? PLAIN[letter] : undefined
      return { kind: kind ?? 'broken' }
    }
  }
}

function numbered(data: Uint8Array, change: (number: number, name: string, value: string) => Change): Answer {
  if (data.length < 4) return { kind: 'broken' }
  const number = new DataView(data.buffer, data.byteOffset).getUint32(0)
  return fieldOf(data.subarray(4), (name, value) => change(number, name, value))
}

/** RFC 5322 §2.2: a name is printable ASCII without a colon. */
const NAME = /^[!-9;-~]{1,200}$/

function fieldOf(data: Uint8Array, change: (name: string, value: string) => Change): Answer {
  const [name, value] = cStrings(data, 2)
  if (name === undefined || value === undefined) return { kind: 'broken' }
  const text = Buffer.from(name).toString('latin1')
  return NAME.test(text) ? { kind: 'change', change: change(text, folded(textOf(value))) } : { kind: 'broken' }
}

/** libmilter's values have LF for a fold. A line that does not begin with white space would be a field of its own: it gets some. */
function folded(value: string): string {
  return value.trim().split(/\r\n|\r|\n/).map((line, i) => (i === 0 || /^[ \t]/.test(line) ? line : ` ${line}`)).filter((line) => line.trim() !== '').join('\r\n')
}

/** `550 5.7.1 Text`, or several lines of it. libmilter doubles the percent sign. */
function replyOf(data: Uint8Array): Answer {
  const text = textOf(cStrings(data, 1)[0] ?? data).slice(0, MAX_REPLY_CHARS).toWellFormed().replaceAll('%%', '%')
  const reader = new ReplyReader()
  for (const line of text.trimEnd().split(/\r\n|\r|\n/)) {
    const read = reader.push(Buffer.from(line))
    if (read === 'more') continue
    return read !== 'broken' && read.code >= 400 ? { kind: 'reply', reply: read } : { kind: 'broken' }
  }
  return { kind: 'broken' }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}
