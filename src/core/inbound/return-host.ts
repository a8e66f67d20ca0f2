import type { Domain, OrganizationId } from '../../base/brand.ts'
import type { RouteStore } from '../route/route.ts'

/**
 * The domain of the return paths of programs' mail: the author's own where a look at DNS has found that bounces to it come to us and SPF of it lets us send, so that SPF is
 * aligned for DMARC as DKIM is (RFC 9989 §5.1); else our host name, where they come back in any case. deliverability §8.1.
 */
export async function returnHost(routes: Pick<RouteStore, 'rules'>, organization: OrganizationId, author: Domain | null, hostname: string): Promise<string> {
  const rules = author === null ? null : await routes.rules(author)
  return rules !== null && rules.ownReturns && rules.organization === organization && rules.state === 'active' ? rules.name : hostname
}
