import { silentLog } from '../../../src/base/log.ts'
import type { DnsServer } from '../../../src/infra/net/resolver/exchange.ts'
import { DnsResolver } from '../../../src/infra/net/resolver/resolver.ts'
import type { ResolverOptions } from '../../../src/infra/net/resolver/resolver.ts'

/** A clock that stands still until it is moved. */
export class HandClock {
  #nowMs = 1_700_000_000_000

  nowMs(): number {
    return this.#nowMs
  }

  /** Goes on, or back. */
  move(ms: number): void {
    this.#nowMs += ms
  }
}

/**
 * A resolver of ours for test servers. It waits so long that a busy machine cannot make a timeout: tests about silence say how long
 * they wait, or move the timers.
 */
export function testResolver(servers: readonly DnsServer[], options: Partial<ResolverOptions> = {}): DnsResolver {
  const patient = { withinMs: 600_000, firstTryMs: 60_000 }
  return new DnsResolver({ servers, validating: 'no', clock: new HandClock(), log: silentLog, ...patient, ...options })
}

/** A signal that never aborts. */
export const forever: AbortSignal = new AbortController().signal
