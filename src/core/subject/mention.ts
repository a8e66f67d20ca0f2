import { domainToASCII, domainToUnicode } from 'node:url'

/** Finds an address in text that was written by anybody, and puts something else in its place. */
export interface Mention {
  isIn(text: string): boolean
  replaceIn(text: string, by: string): string
}

/**
 * Looks for a folded address, whatever the case of its letters: raw, as it stands in a URL (`%40`), in quoted-printable, in HTML or in base64, and with its domain in either spelling of IDNA. Only
 * whole addresses: `ani@x.example` does not stand in `dani@x.example` or `ani@x.example.org`. Bytes may be given as text with a letter each.
 */
export function mentionOf(address: string): Mention {
  const source = sourceOf(address)
  const found = new RegExp(source, 'iu')
  const all = new RegExp(source, 'giu')
  const isPlain = (text: string): boolean => found.test(text)
  return {
    isIn: (text) => isPlain(text) || encodedIn(text).some((run) => isPlain(decoded(run))),
    replaceIn(text, by) {
      const plain = text.replace(all, by)
      return plain.replace(RUN, (run) => (isPlain(decoded(run)) ? encodedAs(run, decoded(run).replace(all, by)) : run))
    },
  }
}

/** Before it stands no letter that would make the local part longer, unless that ends an escape; behind it nothing that would make the domain longer. */
function sourceOf(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  const domains = [...new Set([domain, domainToASCII(domain), domainToUnicode(domain)])].filter((each) => each !== '').map(lettersOf)
  return `(?:(?<![\\p{L}\\p{N}._+-])|(?<=%[0-9a-f]{2})|(?<==(?:09|20|22|27|28|2c|3a|3b|3c|3d)))${lettersOf(address.slice(0, at))}${SOFT_BREAK}${letterOf('@')}${SOFT_BREAK}(?:${domains.join('|')})(?![\\p{L}\\p{N}-]|\\.[\\p{L}\\p{N}])`
}

/** A line of quoted-printable that goes on (RFC 2045 §6.7), perhaps inside of JSON. */
const SOFT_BREAK = String.raw`(?:=(?:\r?\n|\\r\\n))?`

function lettersOf(text: string): string {
  return [...text].map(letterOf).join(SOFT_BREAK)
}

/** All ways in which a letter is written. */
function letterOf(letter: string): string {
  const bytes = [...new Set([letter, letter.toLowerCase(), letter.toUpperCase()])].map((each) => Buffer.from(each))
  const escaped = (by: string): readonly string[] => bytes.map((each) => [...each].map((byte) => `${by}${byte.toString(16).padStart(2, '0')}`).join(''))
  const inBytes = bytes.filter(({ length }) => length > 1).map((each) => RegExp.escape(each.toString('latin1')))
  return `(?:${[RegExp.escape(letter), ...inBytes, ...escaped('%(?:25)?'), ...escaped('='), ...(letter === '@' ? ['&#64;', '&#x40;', '&commat;'] : [])].join('|')})`
}

/** What may be base64, over the ends of its lines: the shortest address has eight letters in it. */
const RUN = /(?<![\w+-])[\w+-]{8,}(?:\/[\w+/-]*)?(?:(?:\r?\n|\\r\\n)[\w+/]{2,})*={0,2}|(?<=\/)[\w+-]{8,}={0,2}/g

function encodedIn(text: string): readonly string[] {
  return text.match(RUN) ?? []
}

function decoded(run: string): string {
  return Buffer.from(run.replace(/\\r\\n|\s/g, ''), 'base64').toString('latin1') // It takes both alphabets.
}

function encodedAs(run: string, text: string): string {
  return Buffer.from(text, 'latin1').toString(/[-_]/.test(run) ? 'base64url' : 'base64')
}
