import type { Domain } from '../../../base/brand.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { decodeWords } from '../../../proto/mail/encoded-word.ts'

/** Characters of a From field that are looked at: RFC 5322 §2.1.1 has 998 on a line, and a few lines are plenty for authors. */
const MAX_CHARS = 8_000

/** Domains that are looked at. */
const MAX_DOMAINS = 20

/**
 * Every domain that a program could show of a From field that is not well-formed: what follows an `@`, encoded words decoded, comments left out. No
 * two programs read such a field alike, so none of them may be one of ours.
 */
export function shownDomains(from: string): readonly Domain[] {
  const text = from.slice(0, MAX_CHARS)
  const found = new Set<Domain>()
  for (const read of [text, decodeWords(text)]) {
    for (const [, name] of read.replace(/\([^()]{0,200}\)/g, '').matchAll(/@\s{0,5}([\p{L}\p{M}\p{N}.\u3002-]{1,253})/gu)) {
      const domain = parseDomain((name ?? '').replace(/^\.+|\.+$/g, ''))
      if (domain !== null && found.size < MAX_DOMAINS) found.add(domain)
    }
  }
  return [...found]
}
