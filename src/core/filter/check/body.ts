import { rememberedText } from '../../../base/remembered.ts'
import { asBuffer } from '../../../proto/mail/bytes.ts'
import { type Finding, finding } from '../finding.ts'
import { MAX_COMPARED_WORDS, MAX_KNOWN_TEXTS } from '../limits.ts'
import type { Attachment, HtmlTraits, MailContent } from '../mail-content.ts'
import { GTUBE_TEXT } from '../table/body.ts'

/** What text and HTML tell of a message. */
export function bodyFindings(content: MailContent): readonly Finding[] {
  const found: Finding[] = []
  if (content.text.includes(GTUBE_TEXT) || content.subject.includes(GTUBE_TEXT) || content.attachments.some(holdsGtube)) found.push(finding('GTUBE'))
  const { html, plain } = content
  if (html === null) return found
  const hasPlain = plain.trim() !== ''
  if (!hasPlain) found.push(finding('HTML_ONLY'))
  if (hasPlain && differs(plain, html.text)) found.push(finding('TEXT_MISMATCH'))
  if (html.images > 0 && html.text.length < 100 && plain.length < 100) found.push(finding('IMAGE_ONLY', `${html.images} images, ${html.text.length} characters`))
  return [...found, ...traitFindings(html)]
}

function traitFindings(html: HtmlTraits): readonly Finding[] {
  const found: Finding[] = []
  // A hidden line for the preview is what every newsletter has.
  if (html.hiddenChars > 300 && html.hiddenChars * 3 > html.text.length) found.push(finding('HTML_HIDDEN', `${html.hiddenChars} characters`))
  if (html.cutWords >= 3) found.push(finding('HTML_HIDDEN_IN_WORD', `${html.cutWords} words`))
  if (html.forms > 0) found.push(finding('HTML_FORM'))
  if (html.passwords > 0) found.push(finding('HTML_PASSWORD'))
  if (html.scripts > 0) found.push(finding('HTML_SCRIPT'))
  if (html.dataUris > 0) found.push(finding('HTML_DATA_URI'))
  return found
}

/** Text that is attached is not read as the message's own; the test string counts there all the same. */
function holdsGtube({ type, head }: Attachment): boolean {
  return type.startsWith('text/') && asBuffer(head).includes(GTUBE_TEXT)
}

/** Has most of the plain text nothing to do with the HTML? Short texts are notes such as `see the HTML part`. */
const differs = rememberedText(MAX_KNOWN_TEXTS, (plain: string, html: string): boolean => {
  const words = new Set<number>()
  eachWord(plain, (word) => words.add(word).size < MAX_COMPARED_WORDS)
  if (words.size < 20) return false
  const others = new Set<number>()
  let shared = 0
  eachWord(html, (word) => {
    if (others.has(word)) return true
    others.add(word)
    if (words.has(word)) shared++
    // Honest mail has so many in common after its first lines.
    return others.size < MAX_COMPARED_WORDS && shared * 5 < words.size
  })
  return others.size >= 20 && shared * 5 < Math.min(words.size, others.size)
})

/**
 * Gives the words of four letters or more, which links have few of, as numbers that are the same for the same letters, until `take` says that it has enough. By
 * hand, because it is done for every message that has both parts.
 */
function eachWord(text: string, take: (word: number) => boolean): void {
  let word = 0
  let length = 0
  for (let at = 0; at <= text.length; at++) {
    const code = text.charCodeAt(at)
    if (isLetter(code)) {
      word = Math.imul(word ^ (code < 0x80 ? code | 32 : text.charAt(at).toLowerCase().charCodeAt(0)), 0x01000193)
      length++
      continue
    }
    if (length >= 4 && length <= 40 && !take(word)) return
    word = 0
    length = 0
  }
}

/** A letter of ASCII, or anything beyond ASCII. NaN, past the end, is none. */
function isLetter(code: number): boolean {
  return ((code | 32) >= 0x61 && (code | 32) <= 0x7a) || code > 0xbf
}
