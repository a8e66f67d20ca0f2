import type { Domain } from '../../../base/brand.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { decodeWords } from '../../../proto/mail/encoded-word.ts'
import { MAX_COMMENT_DEPTH } from '../../../proto/mail/limits.ts'

/** Characters of a From field that are looked at: RFC 5322 §2.1.1 has 998 on a line, and a few lines are plenty for authors. */
const MAX_CHARS = 8_000

/** Domains that are looked at. */
const MAX_DOMAINS = 20

/** What no program shows: controls, and marks such as soft hyphens. */
const UNSEEN = /[\p{Cc}\p{Cf}]/gu

/**
 * Every domain that a program could show of a From field that is not well-formed: what follows an `@`, encoded words decoded, comments and what
 * is not seen left out, with and without the blanks that may stand around dots (RFC 5322 §4.4). No two programs read such a field alike, so none of them may be
 * one of ours, and each one's policy counts.
 */
export function shownDomains(from: string): readonly Domain[] {
  const text = from.slice(0, MAX_CHARS)
  const found = new Set<Domain>()
  for (const read of [text, decodeWords(text)]) {
    const plain = withoutComments(read.replace(/\s+/g, ' ').replace(UNSEEN, ''))
    for (const shown of [plain, plain.replace(/ ?\. ?/g, '.')]) {
      for (const [, name] of shown.matchAll(/@ ?([\p{L}\p{M}\p{N}.\u3002-]{1,253})/gu)) {
        const domain = parseDomain((name ?? '').replace(/^\.+|\.+$/g, ''))
        if (domain !== null && found.size < MAX_DOMAINS) found.add(domain)
      }
    }
  }
  return [...found]
}

/** The innermost go first, those around them next; one that is never closed stays. */
function withoutComments(text: string): string {
  let rest = text
  for (let depth = 0; depth < MAX_COMMENT_DEPTH && rest.includes('('); depth++) rest = rest.replace(/\([^()]*\)/g, '')
  return rest
}
