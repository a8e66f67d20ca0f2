/** What a signature's field says, but for the signature. */
export interface UnsignedField {
  readonly algorithm: string
  /** `header/body`. */
  readonly canonicalization: string
  readonly domain: string
  readonly selector: string
  /** `t=...;` and perhaps `x=...;`. */
  readonly times: string
  readonly names: readonly string[]
  readonly bodyHash: string
}

const LINE_CHARS = 76

/**
 * The value of a DKIM-Signature field, folded, up to and including `b=`; the signature follows with folds of its own, since
 * white space means nothing there. RFC 6376 §3.5.
 */
export function foldSignature({ algorithm, canonicalization, domain, selector, times, names, bodyHash }: UnsignedField): string {
  const words = ['v=1;', `a=${algorithm};`, `c=${canonicalization};`, `d=${domain};`, `s=${selector};`, ...times.split(' '), ...listWords(names), `bh=${bodyHash};`]
  return foldTags('DKIM-Signature', words)
}

/**
 * The value of a field of tags, up to and including `b=`, given its words: tags with their semicolons, lists cut behind their
 * colons. Lines stay below 78 characters (RFC 5322 §2.1.1) unless a word is longer.
 */
export function foldTags(fieldName: string, words: readonly string[]): string {
  let folded = ''
  let column = fieldName.length + 1
  for (const word of words) {
    const isInList = /^[^=]*:?;?$/.test(word)
    const gap = isInList ? '' : ' '
    if (column + gap.length + word.length > LINE_CHARS) {
      folded += `\r\n\t${word}`
      column = 8 + word.length
    } else {
      folded += gap + word
      column += gap.length + word.length
    }
  }
  return `${folded}\r\n\tb=`
}

/** `h=` cut where it may be folded: behind its colons. */
export function listWords(names: readonly string[]): readonly string[] {
  return names.map((name, index) => `${index === 0 ? 'h=' : ''}${name}${index === names.length - 1 ? ';' : ':'}`)
}
