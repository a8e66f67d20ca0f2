import { Buffer } from 'node:buffer'
import { toHex } from './hex.ts'
import { FOLD_CHARS } from './limits.ts'

/** A body ready to be sent over any way: lines of at most 76 ASCII characters, CRLF at the end of each. */
export interface EncodedBody {
  readonly encoding: '7bit' | 'quoted-printable' | 'base64'
  readonly bytes: Uint8Array
}

/** Encodes text: as it is when that is safe, else quoted-printable, or base64 when most of it is not ASCII. Line endings become CRLF. */
export function encodeText(text: string): EncodedBody {
  const lines = text.toWellFormed().split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  const joined = lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n`
  if (/^[\t\r\n -~]*$/.test(joined) && lines.every(isSafeLine)) return { encoding: '7bit', bytes: Buffer.from(joined, 'latin1') }
  const bytes = Buffer.from(joined, 'utf8')
  let foreign = 0
  for (const byte of bytes) if (byte > 126) foreign++
  if (foreign * 3 > bytes.length) return { encoding: 'base64', bytes: encodeBase64(bytes) }
  const quoted = lines.map((line) => `${encodeLine(Buffer.from(line))}\r\n`)
  return { encoding: 'quoted-printable', bytes: Buffer.from(quoted.join(''), 'latin1') }
}

/** Bytes as base64 in lines of 76. RFC 2045 §6.8. */
export function encodeBase64(bytes: Uint8Array): Uint8Array {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
  const lines: string[] = []
  for (let at = 0; at < whole.length; at += FOLD_CHARS) lines.push(whole.slice(at, at + FOLD_CHARS), '\r\n')
  return Buffer.from(lines.join(''), 'latin1')
}

/** `From ` gets a `>` in mbox files, a lone dot has been lost, blanks at the end are lost on the way: such lines are encoded. */
function isSafeLine(line: string): boolean {
  return line.length <= FOLD_CHARS && !line.startsWith('From ') && line !== '.' && !/[ \t]$/.test(line)
}

/** One line as quoted-printable with its soft breaks. RFC 2045 §6.7. */
function encodeLine(bytes: Uint8Array): string {
  let out = ''
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    const last = at === bytes.length - 1
    const piece = mustEncode(byte, last, length) ? `=${toHex(byte)}` : String.fromCharCode(byte)
    // Room for the `=` of a soft break, unless the line ends here.
    if (length + piece.length > (last ? FOLD_CHARS : FOLD_CHARS - 1)) {
      out += '=\r\n'
      length = 0
    }
    out += piece
    length += piece.length
  }
  return out
}

function mustEncode(byte: number, last: boolean, length: number): boolean {
  if (byte === 0x20 || byte === 0x09) return last
  // `F` of `From ` and a dot, when they begin a line.
  if (length === 0 && (byte === 0x46 || byte === 0x2e)) return true
  return byte < 0x21 || byte > 0x7e || byte === 0x3d
}
