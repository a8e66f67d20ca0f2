import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { DnsResolver } from '../infra/net/resolver/resolver.ts'
import { systemServers } from '../infra/net/resolver/system-servers.ts'
import type { OutboundConfig } from './config/config.ts'

/** Who is asked for names: a resolver with its cache, for everything that one thread does; null where names are the demo's own. */
export interface ThreadNames extends Disposable {
  /** Made at the first call, so that a thread that asks nobody carries none. */
  get(): Promise<DnsResolver | null>
}

/** The names of one thread. */
export function threadNames(outbound: OutboundConfig, log: Log): ThreadNames {
  let made: Promise<DnsResolver | null> | null = null
  return {
    get: () => (made ??= resolverOf(outbound, log)),
    [Symbol.dispose]() {
      void made?.then((resolver) => resolver?.[Symbol.dispose]())
    },
  }
}

/** What DNS is asked with; null when names are those of the demo. */
export async function resolverOf({ resolvers, validating, testNames }: Pick<OutboundConfig, 'resolvers' | 'validating' | 'testNames'>, log: Log): Promise<DnsResolver | null> {
  if (resolvers === 'built-in') return null
  const servers = resolvers === 'system' ? await systemServers() : resolvers
  return new DnsResolver({ servers, validating, ...(testNames === null ? {} : { testNames }), clock: systemClock, log })
}
