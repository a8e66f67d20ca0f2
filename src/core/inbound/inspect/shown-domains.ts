import type { Domain } from '../../../base/brand.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { decodeWords } from '../../../proto/mail/encoded-word.ts'
import { MAX_COMMENT_DEPTH } from '../../../proto/mail/limits.ts'

/** What no program shows: controls, and marks such as soft hyphens. */
const UNSEEN = /[\p{Cc}\p{Cf}]/gu

/**
 * Every domain that a program could show of a From field that is not well-formed: what follows an `@`, encoded words decoded, comments and what
 * is not seen left out, with and without the blanks that may stand around dots (RFC 5322 §4.4). No two programs read such a field alike, so none of them may be
 * one of ours, and each one's policy counts. All of a field is looked at, which has at most `MAX_FIELD_BYTES`: programs show its end, too. Linear.
 */
export function shownDomains(from: string): readonly Domain[] {
  const names = new Set<string>()
  for (const read of [from, decodeWords(from)]) {
    const plain = withoutComments(read.replace(/\s+/g, ' ').replace(UNSEEN, ''))
    for (const shown of [plain, plain.replace(/ ?\. ?/g, '.')]) {
      for (const [, name] of shown.matchAll(/@ ?([\p{L}\p{M}\p{N}.\u3002-]{1,253})/gu)) {
        names.add((name ?? '').replace(/^\.+|\.+$/g, ''))
      }
    }
  }
  return [...new Set([...names].flatMap((name) => parseDomain(name) ?? []))]
}

/** The innermost go first, those around them next; one that is never closed stays. */
function withoutComments(text: string): string {
  let rest = text
  for (let depth = 0; depth < MAX_COMMENT_DEPTH && rest.includes('('); depth++) rest = rest.replace(/\([^()]*\)/g, '')
  return rest
}
