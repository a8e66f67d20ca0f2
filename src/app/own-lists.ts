import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Listed } from '../core/domain/check/questions.ts'
import { DnsLists } from '../core/filter/dnslist/dns-lists.ts'
import type { ListHit } from '../core/filter/dnslist/list-session.ts'
import { domainSubjects } from '../core/filter/dnslist/subjects.ts'
import { DNS_LISTS } from '../core/filter/table/dns-lists.ts'
import type { DnsResolver } from '../infra/net/resolver/resolver.ts'
import type { Config } from './config/config.ts'

/** The lists that say something bad, to be asked about what is ours. */
export function listsAgainst(resolver: DnsResolver, { checks }: Pick<Config, 'checks'>, log: Log): DnsLists {
  const lists = DNS_LISTS.filter(({ isEnabled, tier }) => isEnabled && tier !== 'allow')
  return new DnsLists({ lists, dns: resolver, clock: systemClock, log, asking: checks.dnsLists === 'off' ? 'never' : 'allowed' })
}

/** How many lists answer for addresses, or for domains. */
export function usableFor(lists: DnsLists, what: 'ip' | 'domain'): number {
  return lists.usable().filter(({ kinds }) => kinds.some((kind) => kind.startsWith(what))).length
}

/** What lists say of a domain of ours, once they were seen to answer. */
export async function listedDomain(lists: DnsLists, domain: string, signal: AbortSignal): Promise<Listed> {
  await lists.selfTest(signal)
  if (usableFor(lists, 'domain') === 0) return { kind: 'unknown', why: 'no DNS list answers us' }
  const hits = await lists.session().about(domainSubjects([domain]), signal)
  return hits.length === 0 ? { kind: 'unlisted' } : { kind: 'listed', lists: hits.map(({ list }) => list.zone), weight: domainWeight(hits) }
}

/** A domain that is only abused is somebody's who was broken into. */
export function domainWeight(hits: readonly ListHit[]): 'grave' | 'light' {
  return hits.some(({ rules }) => rules.some((rule) => rule !== 'DBL_ABUSED')) ? 'grave' : 'light'
}
