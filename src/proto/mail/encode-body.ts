import { Buffer } from 'node:buffer'
import { rememberedText } from '../../base/remembered.ts'
import { FOLD_CHARS, MAX_KNOWN_TEXTS } from './limits.ts'

/** A body ready to be sent over any way: lines of at most 76 ASCII characters, CRLF at the end of each. */
export interface EncodedBody {
  readonly encoding: '7bit' | 'quoted-printable' | 'base64'
  readonly bytes: Uint8Array
}

/** Encodes text: as it is when that is safe, else quoted-printable, or base64 when most of it is not ASCII. Line endings become CRLF. The bytes are not the caller's to change. */
export const encodeText = rememberedText(MAX_KNOWN_TEXTS, (text: string): EncodedBody => {
  const lines = text.toWellFormed().split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  const joined = lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n`
  if (lines.every(isSafeLine) && /^[\t\r\n -~]*$/.test(joined)) return { encoding: '7bit', bytes: Buffer.from(joined, 'latin1') }
  const bytes = Buffer.from(joined, 'utf8')
  let foreign = 0
  for (let at = 0; at < bytes.length; at++) if ((bytes[at] ?? 0) > 126) foreign++
  if (foreign * 3 > bytes.length) return { encoding: 'base64', bytes: encodeBase64(bytes) }
  // Of the buffer that was filled only what is used: it may be remembered.
  return { encoding: 'quoted-printable', bytes: new Uint8Array(encodeQuoted(bytes)) }
})

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

const CR = 0x0d
const HEX = Buffer.from('0123456789ABCDEF')

/** Lines that end in CRLF, as quoted-printable with soft breaks. RFC 2045 §6.7. Octet by octet into one buffer: it is most of the work of composing. */
function encodeQuoted(bytes: Uint8Array): Uint8Array {
  // Each octet may become three, and a soft break of three stands after 73 characters at least.
  const out = Buffer.allocUnsafe(Math.ceil(bytes.length * 3 * (1 + 3 / 73)) + 3)
  let end = 0
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    // Nearly all of it: what stands for itself in the middle of a line.
    if (length > 0 && length < FOLD_CHARS - 1 && byte > 0x20 && byte < 0x7f && byte !== 0x3d) {
      out[end++] = byte
      length += 1
      continue
    }
    const last = bytes[at + 1] === CR
    if (byte === CR) {
      end = out.writeUInt16BE(0x0d0a, end)
      at += 1 // Its LF.
      length = 0
      continue
    }
    const size = mustEncode(byte, last, length) ? 3 : 1
    // Room for the `=` of a soft break, unless the line ends here.
    if (length + size > (last ? FOLD_CHARS : FOLD_CHARS - 1)) {
      out[end++] = 0x3d
      end = out.writeUInt16BE(0x0d0a, end)
      length = 0
    }
    if (mustEncode(byte, last, length)) {
      out[end++] = 0x3d
      out[end++] = HEX[byte >> 4] ?? 0
      out[end++] = HEX[byte & 15] ?? 0
      length += 3
    } else {
      out[end++] = byte
      length += 1
    }
  }
  return out.subarray(0, end)
}

function mustEncode(byte: number, last: boolean, length: number): boolean {
  if (byte === 0x20 || byte === 0x09) return last
  // `F` of `From ` and a dot, when they begin a line.
  if (length === 0 && (byte === 0x46 || byte === 0x2e)) return true
  return byte < 0x21 || byte > 0x7e || byte === 0x3d
}
