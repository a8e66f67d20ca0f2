import type { Domain } from '../../base/brand.ts'

/** What is said to whoever sends in the name of a domain that is claimed and not proven. One line of ASCII, for replies too. */
export function unverified(domain: Domain): string {
  return `${domain} is not verified yet: publish the TXT record that "merpati domain claims" and GET /v1/domains/${domain} show, then ask for another look`
}
