import { setTimeout as wait } from 'node:timers/promises'
import { providerOfSite } from '../pool/site.ts'
import { patienceOf, waitMs } from '../queue/patience.ts'
import type { SettleArgs } from '../queue/sql-settle.ts'
import type { OutboundOptions, ToldOutcome } from './engine-options.ts'
import { SENDER_LEASE_MS } from './limits.ts'
import { meant } from './meant.ts'
import type { Settling } from './road.ts'
import { storyOf } from './story.ts'

/** Outcomes that could not be written are tried again that often. */
const SETTLE_AGAIN_MS = 1_000

/** What writing outcomes takes. */
export type SettleOptions = Pick<OutboundOptions, 'store' | 'holder' | 'clock' | 'chance' | 'newId' | 'log' | 'tried'>

/**
 * Writes what became of deliveries down, however long the database is away: what was delivered must not be sent again. Throws when that takes longer
 * than the sender's lease, because others may have the deliveries then.
 */
export async function settle({ settled, tries, dsn, from }: Settling, site: string, options: SettleOptions): Promise<void> {
  const { store, holder, clock, newId, log, tried } = options
  const id = newId()
  const all = settled.map((each) => withMeaning(each, site, options))
  const args: SettleArgs = { holder, settled: all.map(slim), site, story: { ...storyOf(tries), dsn, ...(from === undefined ? {} : { source: from }) }, nowMs: clock.nowMs() }
  for (let failures = 0; ; failures++) {
    try {
      await store.settle(args, id)
      for (const each of all) tried(toldOf(each, { site, tries, nowMs: args.nowMs }))
      return
    } catch (error) {
      // After that the lease has run out, and others may have them.
      if (failures * SETTLE_AGAIN_MS > SENDER_LEASE_MS) throw error
      if (failures === 0) log.warn('outbound.settle-waits', { error })
      await wait(SETTLE_AGAIN_MS)
    }
  }
}

function toldOf({ delivery: { message, attempts, createdMs }, outcome }: Settling['settled'][number], { site, tries, nowMs }: { readonly site: string; readonly tries: Settling['tries']; readonly nowMs: number }): ToldOutcome {
  const isTimed = outcome.kind === 'delivered' && attempts === 0
  const { host, status } = outcome.kind === 'returned' ? { host: null, status: null } : outcome.answer
  const [first, last] = [tries[0], tries.at(-1)]
  const asked = first === undefined || last === undefined ? null : { startMs: first.startedMs, endMs: last.endedMs }
  return { outcome: outcome.kind, provider: providerOfSite(site) ?? 'other', tookMs: isTimed ? Math.max(0, nowMs - createdMs) : null, message, site, host, status, asked }
}

function withMeaning({ delivery, outcome }: Settling['settled'][number], site: string, { clock, chance }: SettleOptions): Settling['settled'][number] {
  const againMs = clock.nowMs() + waitMs(patienceOf(delivery), delivery.attempts + 1, chance())
  return { delivery, outcome: meant(outcome, providerOfSite(site), againMs) }
}

/** Only what the write needs travels to it. */
function slim({ delivery, outcome }: SettleArgs['settled'][number]): SettleArgs['settled'][number] {
  const { id, organization, account, message, sender, recipient, attempts, possibleDuplicate, pool } = delivery
  return { delivery: { id, organization, account, message, sender, recipient, attempts, possibleDuplicate, ...(pool === undefined ? {} : { pool }) }, outcome }
}
