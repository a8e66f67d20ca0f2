import { decodeWords } from './encoded-word.ts'

/** A subject without what replying and forwarding added. */
export interface BaseSubject {
  readonly base: string
  /** Was there anything of a reply or forward? THREAD=REFERENCES asks. */
  readonly isReply: boolean
}

const WSP = /[ \t]/
/** `re`, `fw`, `fwd`, a blob if any, a colon. RFC 5256 §5, subj-refwd. */
const REFWD = /(?:re|fwd?)[ \t]*(?:\[[^[\]]*\][ \t]*)?:/iy
/** A list tag such as `[mutt-users]`. RFC 5256 §5, subj-blob. */
const BLOB = /\[[^[\]]*\][ \t]*/y
const TRAILER = /\(fwd\)$/i

/**
 * The base subject by which SORT and THREAD compare, taken from an unfolded Subject. RFC 5256 §2.1. Its case is kept.
 *
 * Linear: each step moves over what it has looked at, and never looks again.
 */
export function baseSubject(subject: string): BaseSubject {
  // (1) Encoded words become text, runs of blanks one blank.
  let text = decodeWords(subject).replace(/\s+/g, ' ').trim()
  let isReply = false
  for (;;) {
    // (2) Trailers and blanks at the end.
    for (let end = text.trimEnd(); ; end = end.slice(0, -TRAILER_CHARS).trimEnd()) {
      text = end
      if (!TRAILER.test(end.slice(-TRAILER_CHARS))) break
      isReply = true
    }
    // (3) to (5) Leaders and list tags in front.
    const front = stripFront(text)
    isReply ||= front.isReply
    text = text.slice(front.at)
    // (6) A forward in brackets.
    if (!/^\[fwd:/i.test(text.slice(0, 5)) || !text.endsWith(']')) return { base: text, isReply }
    isReply = true
    text = text.slice(5, -1).trim()
  }
}

const TRAILER_CHARS = 5

function stripFront(text: string): { readonly at: number; readonly isReply: boolean } {
  let at = 0
  let isReply = false
  for (;;) {
    while (WSP.test(text.charAt(at))) at++
    let lastBlob = -1
    let next = at
    for (BLOB.lastIndex = next; BLOB.test(text); BLOB.lastIndex = next) {
      lastBlob = next
      next = BLOB.lastIndex
    }
    REFWD.lastIndex = next
    if (!REFWD.test(text)) {
      // (4) A tag goes only when something is left after it.
      if (lastBlob === -1) return { at, isReply }
      return { at: next < text.length ? next : lastBlob, isReply }
    }
    isReply = true
    at = REFWD.lastIndex
  }
}
