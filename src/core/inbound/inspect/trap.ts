import type { OrganizationId } from '../../../base/brand.ts'
import { allowLevel } from '../../filter/dnslist/weight.ts'
import type { FilterEntry } from '../../filter/entry/entry.ts'
import { isRotatingSender } from '../../filter/greylist/bypass.ts'
import type { ClientFacts } from './client-facts.ts'

/** A client that wrote to an address which nobody gives to anybody. */
export interface Caught {
  readonly organization: OrganizationId
  /** The domain of the address: its mail is what the client is kept out of. */
  readonly domain: string
  readonly client: string
  /** The entry that says that the address is a trap. */
  readonly trap: FilterEntry
}

/** Do many people send from this client, so that the slip of one must not cost the others their mail? */
export function isShared({ hits, spf }: ClientFacts): boolean {
  const level = allowLevel(hits)
  return (level !== null && level !== 'none') || (spf.verdict === 'pass' && isRotatingSender(spf.domain))
}
