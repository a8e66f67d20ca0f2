/** Character references that mail has: the rest stay as they are, which no rule minds. */
const NAMED: Readonly<Record<string, string>> = {
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', zwnj: '\u200c', zwj: '\u200d', shy: '\u00ad', ensp: ' ', emsp: ' ', thinsp: ' ',
  copy: '©', reg: '®', trade: '™', hellip: '…', mdash: '—', ndash: '–', lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', laquo: '«', raquo: '»',
  lsaquo: '‹', rsaquo: '›', sbquo: '‚', bdquo: '„', bull: '•', middot: '·', sdot: '⋅', euro: '€', pound: '£', yen: '¥', cent: '¢', deg: '°', times: '×',
  divide: '÷', plusmn: '±', frac12: '½', frac14: '¼', sect: '§', para: '¶', iexcl: '¡', iquest: '¿', larr: '←', rarr: '→', uarr: '↑', darr: '↓',
  check: '✓', star: '☆', agrave: 'à', aacute: 'á', acirc: 'â', atilde: 'ã', auml: 'ä', aring: 'å', aelig: 'æ', ccedil: 'ç', egrave: 'è',
  eacute: 'é', ecirc: 'ê', euml: 'ë', igrave: 'ì', iacute: 'í', icirc: 'î', iuml: 'ï', ntilde: 'ñ', ograve: 'ò', oacute: 'ó', ocirc: 'ô', otilde: 'õ',
  ouml: 'ö', oslash: 'ø', ugrave: 'ù', uacute: 'ú', ucirc: 'û', uuml: 'ü', szlig: 'ß', colon: ':', sol: '/', period: '.', commat: '@', num: '#', lpar: '(',
  rpar: ')', tab: '\t', newline: '\n', equals: '=', quest: '?', excl: '!', percnt: '%', lowbar: '_', hyphen: '‐', dash: '‐', comma: ',', semi: ';',
}
const BY_NAME: ReadonlyMap<string, string> = new Map(Object.entries(NAMED))

/** Characters of a reference between `&` and its end: no name of ours, and no number, is longer. */
const MAX_REFERENCE = 10

/** Text of HTML with its character references resolved. Browsers need no semicolon after numbers, nor do we. Never throws; linear. */
export function decodeEntities(text: string): string {
  let mark = text.indexOf('&')
  if (mark === -1) return text
  let out = ''
  let done = 0
  for (; mark !== -1; mark = text.indexOf('&', mark + 1)) {
    const isNumber = text.charCodeAt(mark + 1) === HASH
    const end = isNumber ? endOfNumber(text, mark + 2) : endOfName(text, mark + 1)
    const isClosed = text.charCodeAt(end) === SEMICOLON
    const found = isNumber ? numbered(text.slice(mark + 2, end)) : named(isClosed ? text.slice(mark + 1, end) : '')
    if (found === null) continue
    out += text.slice(done, mark) + found
    done = isClosed ? end + 1 : end
  }
  return out + text.slice(done)
}

const HASH = 0x23
const ZERO = 0x30
const SEMICOLON = 0x3b

function endOfName(text: string, from: number): number {
  let at = from
  for (; at < from + MAX_REFERENCE; at++) {
    const code = text.charCodeAt(at)
    const isNameChar = ((code | 32) >= 0x61 && (code | 32) <= 0x7a) || (code >= 0x30 && code <= 0x39)
    if (!isNameChar) break
  }
  return at
}

/** Digits, or an x and hexadecimal digits. */
function endOfNumber(text: string, from: number): number {
  const isHex = (text.charCodeAt(from) | 32) === 0x78
  let at = isHex ? from + 1 : from
  while (text.charCodeAt(at) === ZERO) at++ // As many as one likes.
  for (const most = at + MAX_REFERENCE; at < most; at++) {
    const code = text.charCodeAt(at)
    const isDigit = (code >= 0x30 && code <= 0x39) || (isHex && (code | 32) >= 0x61 && (code | 32) <= 0x66)
    if (!isDigit) break
  }
  return at
}

function named(name: string): string | null {
  return BY_NAME.get(name) ?? BY_NAME.get(name.toLowerCase()) ?? null
}

/** HTML Living Standard §13.2.5.80: what is no character becomes U+FFFD. Null for no number. */
function numbered(digits: string): string | null {
  const code = Number.parseInt(/^x/i.test(digits) ? `0${digits}` : digits)
  if (Number.isNaN(code)) return null
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd'
  return code === 0xa0 ? ' ' : String.fromCodePoint(code)
}
