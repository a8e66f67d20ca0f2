import { BlockList } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { DnsLists } from '../../core/filter/dnslist/dns-lists.ts'
import { DNS_LISTS } from '../../core/filter/table/dns-lists.ts'
import { isAllowed } from '../../core/outbound/targets.ts'
import { LOOK_AT_SOURCE_WITHIN_MS } from '../../core/pool/limits.ts'
import { believed, lookAtSource, type SourceQuestions } from '../../core/pool/look-at-source.ts'
import { isUsable } from '../../core/pool/source.ts'
import { type KeptSource, noteChecks, sourceBook } from '../../core/pool/sql-source.ts'
import type { Database } from '../../infra/db/database.ts'
import type { DnsResolver } from '../../infra/net/resolver/resolver.ts'
import { reverseLabels } from '../../infra/net/resolver/reverse.ts'

/** What looking at sources is made of. */
export interface SourceJobOptions {
  readonly db: Database
  readonly questions: SourceQuestions
  readonly clock: Clock
  readonly log: Log
}

/** Nothing outside of the Internet: an address behind a NAT has no reverse DNS that strangers see. */
const NOWHERE = new BlockList()

/** Looks at every source that strangers see, and takes those out of work that they would refuse; those that are in order again go back. */
export async function lookAtSources({ db, questions, clock, log }: SourceJobOptions, signal: AbortSignal): Promise<void> {
  for (const source of (await sourceBook(db)).sources.values()) {
    if (signal.aborted) return
    if (source.state === 'retired' || !isAllowed(source.address, { allowed: NOWHERE })) continue
    const found = await lookAtSource(source, questions, AbortSignal.any([signal, AbortSignal.timeout(LOOK_AT_SOURCE_WITHIN_MS)]))
    if (signal.aborted) return
    const looked = believed(source.looked, found, clock.nowMs())
    await db.write(noteChecks, { id: source.id, address: source.address, ehlo: source.ehlo, looked })
    tell(source, { ...source, looked, checks: looked.checks }, log)
  }
}

function tell(before: KeptSource, now: KeptSource, log: Log): void {
  if (isUsable(before) === isUsable(now)) return
  const { id: source, address, checks } = now
  const failed = Object.entries(checks).flatMap(([name, result]) => (result === 'failed' ? [name] : []))
  if (isUsable(now)) log.info('source.in_order', { source, address })
  else log.warn('source.taken_out', { source, address, failed: failed.join(' ') })
}

/** Asks this resolver, and the lists that everybody asks, unless the operator has turned them off. */
export function sourceQuestions(resolver: DnsResolver, { lists: asking, clock, log }: { readonly lists: 'on' | 'off'; readonly clock: Clock; readonly log: Log }): SourceQuestions {
  const lists = new DnsLists({ lists: DNS_LISTS.filter(({ isEnabled, tier }) => isEnabled && tier === 'block'), dns: resolver, clock, log, asking: asking === 'off' ? 'never' : 'allowed' })
  return {
    ptr: (address, signal) => resolver.ptr(address, signal),
    addresses: (name, family, signal) => resolver.addresses(name, family, signal),
    async listed(address, signal) {
      await lists.selfTest(signal)
      const kind = address.includes(':') ? 'ip6' : 'ip4'
      const name = reverseLabels(address)
      const readings = name === null ? [] : await Promise.all(lists.usable().filter(({ kinds }) => kinds.includes(kind)).map((list) => lists.ask(list, `${name}.${list.zone}`, signal)))
      if (readings.some((reading) => reading.kind === 'listed' && reading.rules.length > 0)) return 'listed'
      return readings.some(({ kind: said }) => said === 'unlisted') ? 'unlisted' : 'unknown'
    },
  }
}
