import type { Domain } from '../../base/brand.ts'
import { MAX_DOMAIN_HOPS } from './resolve.ts'
import type { RouteStore } from './route.ts'

/**
 * True when mail for addresses of a domain has to wait at its senders: the domain is suspended, or one that it stands for. Aliases of other
 * domains may still lead to its accounts, and its people may send.
 */
export async function isSuspended(store: RouteStore, domain: Domain): Promise<boolean> {
  let name: Domain | null = domain
  for (let hops = 0; name !== null && hops <= MAX_DOMAIN_HOPS; hops++) {
    const rules = await store.rules(name)
    if (rules?.state === 'suspended') return true
    name = rules?.aliasOf ?? null
  }
  return false
}
