import { getDomain } from 'tldts'
import type { Domain } from '../../base/brand.ts'
import { remembered } from '../../base/remembered.ts'
import { parseDomain } from '../../proto/mail/domain.ts'
import { MAX_KNOWN_DOMAINS } from './limits.ts'

/**
 * The domain that somebody registered, of a host: one label below a public suffix, those of providers (`github.io`) included. Null for an address, a
 * public suffix itself, and what is no host name. The list of suffixes is the one that the library has inside.
 */
export function registeredDomain(host: string): Domain | null {
  return known(host)
}

/** Each message asks for its author's, its links' and its signers' some times over. */
const known = remembered(MAX_KNOWN_DOMAINS, (host): Domain | null => {
  const name = parseDomain(host)
  if (name === null) return null
  const found = getDomain(name, { allowPrivateDomains: true, validateHostname: false, detectIp: false })
  return found === null ? null : parseDomain(found)
})
