import type { Event } from '../event/event.ts'
import { CATEGORIES } from '../pool/category.ts'
import { providerOfDomain } from '../pool/provider.ts'
import { providerOfSite } from '../pool/site.ts'
import { PROVIDERS } from '../pool/table/providers.ts'
import { type Kind, MEANINGS } from './meaning.ts'

/** What an event adds to the numbers of bounces and complaints. `provider`: its key, `other` for those that we do not know. */
export type Counted = { readonly kind: 'bounce'; readonly class: Kind; readonly provider: string } | { readonly kind: 'complaint'; readonly provider: string }

/** Reads it from an event; null for most, and for what is pretended of mail of a test key. Mail that was tried until its time was over counts as what its last try said. */
export function countedIn({ type, data }: Event): Counted | null {
  if (typeof data !== 'object' || data === null) return null
  const { category: own, underlying, site, recipient, mode } = data as Readonly<Record<string, unknown>>
  if (mode === 'test') return null
  const provider = providerOf(site, recipient)
  if (type === 'delivery.complained') return own === 'complaint' ? { kind: 'complaint', provider } : null
  if (type !== 'delivery.failed' && type !== 'delivery.bounced') return null
  const said = own === 'expired' ? (underlying ?? own) : own
  const category = CATEGORIES.find((each) => each === said) ?? 'unclassified'
  return { kind: 'bounce', class: MEANINGS[category].kind, provider }
}

/** A report names no site: then the recipient's domain says it, where it is a provider's own. */
function providerOf(site: unknown, recipient: unknown): string {
  const known = typeof site === 'string' ? providerOfSite(site) : null
  if (known !== null || typeof recipient !== 'string') return known ?? 'other'
  return providerOfDomain(PROVIDERS, recipient.slice(recipient.lastIndexOf('@') + 1))?.key ?? 'other'
}
