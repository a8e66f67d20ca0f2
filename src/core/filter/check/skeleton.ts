import { domainToUnicode } from 'node:url'
import { remembered } from '../../../base/remembered.ts'
import { MAX_KNOWN_NAMES } from '../limits.ts'
import { CONFUSABLE, DIGIT_LETTERS } from '../table/confusables.ts'

/** What a label of a domain looks like to somebody in a hurry: two labels with one skeleton are taken for each other. UTS #39 §4, and what phishing adds. */
export function skeletonOf(label: string): string {
  const shown = label.startsWith('xn--') ? domainToUnicode(label) || label : label
  let out = ''
  for (const char of latin(shown)) {
    if (char === '-') continue
    out += char === 'i' ? 'l' : (DIGIT_LETTERS.get(char) ?? char)
  }
  return out.replaceAll('rn', 'm').replaceAll('vv', 'w').replaceAll('cl', 'd')
}

/** A person's or a company's name as words to compare: lower-case Latin, without marks and titles of punctuation. '' when no letter is left. */
export const nameWords = remembered(MAX_KNOWN_NAMES, (name) => latin(name).replace(/[^\p{L}\p{N}&]+/gu, ' ').trim())

/** The key under which a protected person's name is kept: its words in any order. */
export function nameKey(name: string): string {
  return nameWords(name).split(' ').sort().join(' ')
}

/** Lower-case, without marks, look-alike letters as Latin ones. */
function latin(text: string): string {
  const plain = /^[\0-\x7f]*$/.test(text) ? text : text.normalize('NFKD').replace(/\p{M}+/gu, '')
  let out = ''
  for (const char of plain.toLowerCase()) out += CONFUSABLE.get(char) ?? char
  return out
}
