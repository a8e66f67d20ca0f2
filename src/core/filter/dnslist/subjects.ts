import { registeredDomain } from '../registered-domain.ts'
import { WELL_KNOWN_DOMAINS } from '../table/well-known-domains.ts'
import { MAX_URL_DOMAINS } from './limits.ts'
import type { ListSubject } from './list.ts'
import { addressKind } from './query.ts'

/** The client's address. */
export function clientSubjects(address: string): readonly ListSubject[] {
  const kind = addressKind(address)
  return kind === null ? [] : [{ kind, value: address }]
}

/** Domains of senders (MAIL, From, HELO, d=): what was registered of them, each once. Null for those there are none of. */
export function domainSubjects(domains: readonly (string | null)[]): readonly ListSubject[] {
  return distinct(domains.flatMap((domain) => domain ?? []), domains.length).map((value) => ({ kind: 'domain', value }))
}

/** Hosts of links: what was registered of them, each once, the first ones. Addresses have no domain, and what everybody links to is not asked for. */
export function linkSubjects(hosts: readonly string[]): readonly ListSubject[] {
  return distinct(hosts, MAX_URL_DOMAINS).map((value) => ({ kind: 'url', value }))
}

function distinct(hosts: readonly string[], max: number): readonly string[] {
  const found = new Set<string>()
  for (const host of hosts) {
    if (found.size >= max) break
    const domain = registeredDomain(host)
    if (domain !== null && !WELL_KNOWN_DOMAINS.has(domain)) found.add(domain)
  }
  return [...found]
}
