import type { AccountId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { Event, Position } from '../../event/event.ts'
import type { Reader } from '../../event/follow.ts'
import { SENDING_READER, type Suspect } from './sql-watch.ts'
import { tally, type Tally } from './tally.ts'

/** What following the log for what accounts send is made of. */
export interface WatchOptions {
  /** `off`: nothing is counted and nobody is contained by counts; what an operator contains is still done. */
  readonly counting: 'on' | 'off'
  readonly follow: (args: { readonly tallies: readonly Tally[]; readonly position: Position; readonly nowMs: number }) => Promise<readonly Suspect[]>
  readonly isContained: (account: AccountId) => Promise<boolean>
  /** Keeps what an account has in the queue from going, or lets it go. */
  readonly hold: (account: AccountId) => Promise<unknown>
  readonly release: (account: AccountId) => Promise<unknown>
  readonly endSessions: (account: AccountId) => void
  readonly clock: Clock
  readonly log: Log
}

/** Follows the log: counts what accounts send, and does what containment and release ask for. What it does can be done twice: a crash may make it begin a chunk again. */
export function sendingReader(options: WatchOptions): Reader {
  const { counting, follow, clock, log } = options
  return {
    name: SENDING_READER,
    async handle(events, position) {
      await act(options, events)
      const suspects = await follow({ tallies: counting === 'on' ? tally(events) : [], position, nowMs: clock.nowMs() })
      for (const { account, kind, score, reasons } of suspects) {
        log.warn(kind === 'contain' ? 'account.contained' : 'account.suspected', { account, score, rules: reasons.map(({ rule }) => rule) })
      }
    },
  }
}

async function act({ isContained, hold, release, endSessions }: WatchOptions, events: readonly Event[]): Promise<void> {
  const ending = accountsIn(events, ['account.contained'])
  for (const account of ending) endSessions(account)
  // What was on its way when the account was contained comes back to the queue later.
  const holding = [...ending, ...accountsIn(events, ['delivery.queued', 'delivery.deferred'])]
  for (const account of new Set(holding)) if (await isContained(account)) await hold(account)
  for (const account of accountsIn(events, ['account.released'])) if (!(await isContained(account))) await release(account)
}

function accountsIn(events: readonly Event[], types: readonly Event['type'][]): readonly AccountId[] {
  return [...new Set(events.flatMap(({ type, account }) => (types.includes(type) && account !== null ? [account] : [])))]
}
