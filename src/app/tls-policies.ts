import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { blockList } from '../core/outbound/targets.ts'
import { fetchPolicy } from '../core/outbound/tls/fetch-policy.ts'
import { mostExact } from '../core/outbound/most-exact.ts'
import type { DaneNames, TlsPolicies } from '../core/outbound/tls/port.ts'
import { sqlSts } from '../core/outbound/tls/sql-sts.ts'
import { StsPolicies } from '../core/outbound/tls/sts-policies.ts'
import type { TlsTally } from '../core/outbound/tls/tally.ts'
import type { Database } from '../infra/db/database.ts'
import { fetchText } from '../infra/net/fetch-text.ts'
import type { DnsResolver } from '../infra/net/resolver/resolver.ts'
import type { OutboundConfig } from './config/config.ts'

/** What policies are learned with. */
export interface TlsPolicyOptions {
  readonly db: Database
  readonly outbound: OutboundConfig
  /** Null where names are the demo's own: they publish nothing. */
  readonly resolver: DnsResolver | null
  readonly tally: Pick<TlsTally, 'add'>
  readonly log: Log
  readonly signal: AbortSignal
}

/** Who says what TLS servers must give. TLSA records count only while the resolver is seen to validate. */
export function tlsPolicies({ db, outbound, resolver, tally, log, signal }: TlsPolicyOptions): TlsPolicies {
  const operator = mostExact(outbound.tls)
  if (resolver === null) return { dane: () => null, sts: async () => null, operator }
  const settings = {
    families: [4, 6],
    allowed: blockList(outbound.allowed),
    addresses: (host: string, family: 4 | 6, within: AbortSignal) => resolver.addresses(host, family, within),
    fetch: fetchText,
    port: outbound.policyPort,
  } as const
  const sts = new StsPolicies({
    txt: (name, within) => resolver.txt(name, within),
    fetch: (domain, within) => fetchPolicy(domain, settings, within),
    failed: (domain, result) => tally.add({ domain, policy: 'sts', result, source: '', host: `mta-sts.${domain}`, address: '' }),
    store: sqlSts(db),
    clock: systemClock,
    log,
    signal,
  })
  const dane: DaneNames = { tlsa: (name, within) => resolver.tlsa(name, within), alias: (name, within) => resolver.cname(name, within) }
  return { dane: () => (resolver.dnssec.kind === 'on' ? dane : null), sts: (domain) => sts.of(domain), operator }
}
