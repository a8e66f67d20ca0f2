import type { Domain } from '../../base/brand.ts'
import { remembered } from '../../base/remembered.ts'
import { parseAddress } from '../mail/address.ts'
import { readAuthors } from '../mail/authors.ts'
import { MAX_KNOWN_AUTHORS } from './limits.ts'

/**
 * The distinct domains of a From field's authors, as A-labels: U-labels are the same domain (RFC 9989 §5.3.1). Null when the field can
 * be read in more than one way, or names an author without a domain.
 */
export function authorDomains(from: string): readonly Domain[] | null {
  return known(from)
}

const known = remembered(MAX_KNOWN_AUTHORS, (from): readonly Domain[] | null => {
  const domains = new Set<Domain>()
  for (const author of readAuthors(from) ?? []) {
    const parsed = parseAddress(author)
    if (!parsed.ok || parsed.value.domain === null) return null
    domains.add(parsed.value.domain)
  }
  return domains.size === 0 ? null : [...domains]
})
