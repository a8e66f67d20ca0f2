import { Buffer } from 'node:buffer'
import { decodeEntities } from './entity.ts'

/**
 * Text without the characters that take no room: zero-width ones, soft hyphens, joiners, direction marks, tags. Words are cut with them to pass
 * filters, and honest newsletters fill the line below the subject with them.
 */
export function withoutInvisible(text: string): string {
  // ASCII, which is as long in UTF-8, has none of them.
  return Buffer.byteLength(text) !== text.length && INVISIBLE.test(text) ? text.replace(EVERY_INVISIBLE, '') : text
}

/** Text between tags as it is shown: references resolved, no invisible characters, runs of blanks as one blank. Most text needs nothing of it. */
export function shownText(raw: string): string {
  let seen = 0
  let before = 0
  // Blanks come where no processor expects them, so nothing is decided for each character.
  for (let at = 0; at < raw.length; at++) {
    const code = raw.charCodeAt(at)
    const sort = code < 0x80 ? (SORT[code] ?? 0) : FOREIGN
    seen |= sort | ((sort & before & BLANK) << 1)
    before = sort
  }
  if ((seen & (FOREIGN | REFERENCE)) === 0) return (seen & RUN) === 0 ? raw : raw.replace(RUNS, ' ')
  return withoutInvisible((seen & REFERENCE) === 0 ? raw : decodeEntities(raw)).replace(RUNS, ' ')
}

/** Characters of this text that are not blank. */
export function visibleChars(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x20) count++
  return count
}

const BLANK = 1
const RUN = 2
const REFERENCE = 4
const FOREIGN = 8
/** What each character of ASCII is: a blank, which begins a run when another follows, one that is a run by itself, or what may be a reference. */
const SORT = new Uint8Array(128).fill(RUN, 0, 0x20)
SORT[0x20] = BLANK
SORT[0x26] = REFERENCE
SORT[0x7f] = FOREIGN
/** Blanks that are not one space. */
const RUNS = /[ \t\r\n\f]{2,}|[\t\r\n\f]/g

const CLASS = '[\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u206f\\ufeff\\ufff9-\\ufffb]|\\udb40[\\udc00-\\udc7f]'
const INVISIBLE = new RegExp(CLASS)
const EVERY_INVISIBLE = new RegExp(`(?:${CLASS})+`, 'g')
