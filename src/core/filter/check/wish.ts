import { MAX_PHRASE_CHARS } from '../limits.ts'
import type { MailContent } from '../mail-content.ts'
import { MONEY_PHRASES, URGENT_PHRASES } from '../table/words.ts'

/** What a message wants, by its own words; null for what it does not speak of. */
export interface Wish {
  /** Money or secrets. */
  readonly money: string | null
  /** Haste, or silence. */
  readonly urgent: string | null
}

/** Looks for words of money and haste in what a message says first. */
export function wishOf({ subject, text }: Pick<MailContent, 'subject' | 'text'>): Wish {
  const words = `${subject}\n${text.slice(0, MAX_PHRASE_CHARS)}`.toLowerCase().replace(/\s+/g, ' ')
  return { money: phraseIn(words, MONEY_PHRASES), urgent: phraseIn(words, URGENT_PHRASES) }
}

/** The first phrase that stands in this text as words of their own. */
function phraseIn(text: string, phrases: readonly string[]): string | null {
  return phrases.find((phrase) => standsIn(text, phrase)) ?? null
}

function standsIn(text: string, phrase: string): boolean {
  for (let at = text.indexOf(phrase); at !== -1; at = text.indexOf(phrase, at + phrase.length)) {
    if (!WORD.test(text.charAt(at - 1)) && !WORD.test(text.charAt(at + phrase.length))) return true
  }
  return false
}

const WORD = /[\p{L}\p{N}]/u
