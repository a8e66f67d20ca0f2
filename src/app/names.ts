import { systemClock } from '../base/clock.ts'
import type { FailedWhy } from '../base/dns.ts'
import type { Log } from '../base/log.ts'
import { DnsResolver, type ResolverOptions } from '../infra/net/resolver/resolver.ts'
import { systemServers } from '../infra/net/resolver/system-servers.ts'
import type { Metrics } from '../infra/observe/metrics.ts'
import type { OutboundConfig } from './config/config.ts'

/** Who is asked for names: a resolver with its cache, for everything that one thread does; null where names are the demo's own. */
export interface ThreadNames extends Disposable {
  /** Made at the first call, so that a thread that asks nobody carries none. */
  get(): Promise<DnsResolver | null>
}

/** The names of one thread. */
export function threadNames(outbound: OutboundConfig, log: Log, failed: ResolverOptions['failed']): ThreadNames {
  let made: Promise<DnsResolver | null> | null = null
  return {
    get: () => (made ??= resolverOf(outbound, log, failed)),
    [Symbol.dispose]() {
      void made?.then((resolver) => resolver?.[Symbol.dispose]())
    },
  }
}

/** What DNS is asked with; null when names are those of the demo. */
export async function resolverOf({ resolvers, validating, testNames }: Pick<OutboundConfig, 'resolvers' | 'validating' | 'testNames'>, log: Log, failed?: ResolverOptions['failed']): Promise<DnsResolver | null> {
  if (resolvers === 'built-in') return null
  const servers = resolvers === 'system' ? await systemServers() : resolvers
  return new DnsResolver({ servers, validating, ...(testNames === null ? {} : { testNames }), ...(failed === undefined ? {} : { failed }), clock: systemClock, log })
}

/** Counts questions to DNS that nobody answered: what they came to, and never for which name. */
export function countingDns(metrics: Metrics): (why: FailedWhy) => void {
  const failures = metrics.counter('merpati_dns_failures_total', 'Questions to DNS servers that were not answered, by why.', ['why'])
  return (why) => failures.inc({ why })
}
