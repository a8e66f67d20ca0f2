import iconv from 'iconv-lite'
import { asBuffer } from './bytes.ts'
import { MAX_DECODERS } from './limits.ts'

type Decode = (bytes: Uint8Array) => string

const decoders = new Map<string, Decode>()

/**
 * Turns bytes of a named charset into text. Never throws: what cannot be decoded becomes U+FFFD, and an unknown label is
 * read as UTF-8 when the bytes are UTF-8, else as windows-1252.
 *
 * Labels are those of the Encoding Standard, which reads `iso-8859-1` and `us-ascii` as the windows-1252 that senders
 * mean; charsets it leaves out (UTF-7, many code pages) come from iconv-lite.
 */
export function decodeCharset(bytes: Uint8Array, label: string): string {
  return decoderFor(label.trim().toLowerCase())(bytes)
}

/** Do we know this charset? IMAP SEARCH answers BADCHARSET when we do not. */
export function isKnownCharset(label: string): boolean {
  return decoderFor(label.trim().toLowerCase()) !== guess
}

function decoderFor(label: string): Decode {
  const known = decoders.get(label)
  if (known !== undefined) return known
  const made = makeDecoder(label)
  if (decoders.size >= MAX_DECODERS) decoders.clear()
  decoders.set(label, made)
  return made
}

function makeDecoder(label: string): Decode {
  // What says it is ASCII and is not, was written by someone who never looked: mostly UTF-8.
  if (label === 'us-ascii' || label === 'ascii') return (bytes) => guess(bytes)
  try {
    const decoder = new TextDecoder(ALIAS[label] ?? label, { ignoreBOM: false })
    return (bytes) => decoder.decode(bytes)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error // RangeError: a label the Encoding Standard does not have.
  }
  if (label.length <= 40 && iconv.encodingExists(label)) return (bytes) => iconv.decode(asBuffer(bytes), label)
  return guess
}

/** For bytes without a known charset. */
function guess(bytes: Uint8Array): string {
  try {
    return STRICT_UTF8.decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error // TypeError: the bytes are not UTF-8.
    return decodeCharset(bytes, 'windows-1252')
  }
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true })

/** Names senders use that no list has. */
const ALIAS: Readonly<Record<string, string>> = {
  utf8mb4: 'utf-8',
  'ansi_x3.110-1983': 'windows-1252',
  ansi: 'windows-1252',
  'cp-850': 'cp850',
  'gb2312_charset': 'gb18030',
  'x-gbk': 'gbk',
  'ks_c_5601': 'euc-kr',
  cp932: 'shift_jis',
  'ms932': 'shift_jis',
  cp949: 'euc-kr',
  cp950: 'big5',
  cp936: 'gbk',
}
