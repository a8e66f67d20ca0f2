import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '../base/log.ts'
import { TaskGroup } from '../base/task-group.ts'
import type { DnsResolver } from '../infra/net/resolver/resolver.ts'

/** How often servers that validated are tested again. */
const AGAIN_MS = 3_600_000

/** How soon, when nobody answered. */
const SOON_MS = 60_000

/** The watch over a resolver's DNSSEC. */
export interface DnssecWatch {
  stop(): Promise<void>
}

/**
 * Tests whether DNS servers validate, as the operator says they do, now and every hour; the log says whether DANE is done, and why not.
 * Resolves after the first test: mail that leaves before it would leave without DANE.
 */
export async function watchDnssec(resolver: DnsResolver, log: Log): Promise<DnssecWatch> {
  const stop = new AbortController()
  const tasks = new TaskGroup(log)
  const state = await resolver.selfTest(stop.signal)
  log.info(state.kind === 'on' ? 'outbound.dane-on' : 'outbound.dane-off', { ...state })
  if (state.kind === 'on' || state.why !== 'not-declared') tasks.add('outbound.self-test-failed', repeat(resolver, stop.signal))
  return {
    async stop() {
      stop.abort()
      await tasks.settled()
    },
  }
}

async function repeat(resolver: DnsResolver, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { dnssec } = resolver
    const againMs = dnssec.kind === 'off' && dnssec.why === 'no-answer' ? SOON_MS : AGAIN_MS
    await wait(againMs, undefined, { signal, ref: false }).catch(() => {}) // Aborted: the loop ends.
    if (!signal.aborted) await resolver.selfTest(signal)
  }
}
