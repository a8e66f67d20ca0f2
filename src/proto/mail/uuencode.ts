import { Buffer } from 'node:buffer'
import { MAX_UU_FILES } from './limits.ts'

/** A file that stands in a text as people sent them before MIME. */
export interface UuFile {
  readonly name: string
  /** Its first bytes. */
  readonly head: Uint8Array
}

const BEGIN = /^begin [0-7]{3,4} +(\S[^\r\n]{0,254})\r?\n/gm

/**
 * The files that a text holds in uuencode (POSIX.1, uuencode), with their first `headBytes` bytes at most; the first `MAX_UU_FILES`. Mail programs still
 * offer them as attachments. A line of prose that begins alike is none: what follows it must be a line of code. Linear.
 */
export function uuFilesIn(text: string, headBytes: number): readonly UuFile[] {
  const found: UuFile[] = []
  if (!text.includes('begin ')) return found
  for (const match of text.matchAll(BEGIN)) {
    const head = decodedFrom(text, match.index + match[0].length, headBytes)
    if (head !== null) found.push({ name: (match[1] ?? '').trim(), head })
    if (found.length >= MAX_UU_FILES) break
  }
  return found
}

/** The bytes of the lines from `at` on; null when the first is no line of code. */
function decodedFrom(text: string, at: number, most: number): Uint8Array | null {
  const out: number[] = []
  let next = at
  for (let lines = 0; out.length < most; lines++) {
    const end = text.indexOf('\n', next)
    const line = lineOf(text.slice(next, end === -1 ? next + MAX_LINE_CHARS : Math.min(end, next + MAX_LINE_CHARS)).replace(/\r$/, ''))
    if (line === null && lines === 0) return null
    if (line === null || line.length === 0 || end === -1) break
    out.push(...line)
    next = end + 1
  }
  return Buffer.from(out.slice(0, most))
}

/** A length character, and four characters for each three octets: 45 of them at most. */
const MAX_LINE_CHARS = 80

/** The octets of one line; null when it is none. Blanks at its end may have been lost on the way. */
function lineOf(line: string): readonly number[] | null {
  const length = valueAt(line, 0)
  const need = Math.ceil(length / 3) * 4
  if (!/^[ -`]+$/.test(line) || length > 45 || line.length > need + 2) return null
  const out: number[] = []
  for (let at = 1; out.length < length; at += 4) {
    const bits = (valueAt(line, at) << 18) | (valueAt(line, at + 1) << 12) | (valueAt(line, at + 2) << 6) | valueAt(line, at + 3)
    out.push((bits >> 16) & 0xff, (bits >> 8) & 0xff, bits & 0xff)
  }
  return out.slice(0, length)
}

function valueAt(line: string, at: number): number {
  return at < line.length ? (line.charCodeAt(at) - 32) & 63 : 0
}
