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

/** `&#8203;`, `&#x200b;` or `&zwnj;`; each part has an end, so a search is linear. Browsers need no semicolon after numbers. */
const REFERENCE = /&(?:#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}))|([A-Za-z][A-Za-z0-9]{1,9}(?=;)));?/g

/** Text of HTML with its character references resolved. Never throws. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(REFERENCE, (all: string, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return BY_NAME.get(name) ?? BY_NAME.get(name.toLowerCase()) ?? all
    return character(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
  })
}

/** HTML Living Standard §13.2.5.80: what is no character becomes U+FFFD. Windows-1252 is meant by 128 to 159, and is rare. */
function character(code: number): string {
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd'
  return code === 0xa0 ? ' ' : String.fromCodePoint(code)
}
