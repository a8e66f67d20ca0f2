import type { Clock } from '../../../base/clock.ts'
import type { FilterEntry } from './entry.ts'
import type { EntryFacts } from './facts.ts'

/** Whose entries hold for a recipient. `account` is null for a recipient without one. */
export interface EntryHolder {
  readonly organization: string
  readonly domain: string
  readonly account: string | null
}

/** What deciding needs of storage. `sql-entry.ts` is the one implementation. */
export interface EntryStore {
  /** Is there any entry, whoever's? */
  any(): Promise<boolean>
  /** Is there one that could hold for this recipient, whatever it names? */
  anyFor(holder: EntryHolder): Promise<boolean>
  /** Those that hold and could match the facts. */
  matching(holder: EntryHolder, facts: EntryFacts, nowMs: number): Promise<readonly FilterEntry[]>
}

/** How long it is believed that there are none: a new entry holds after this time at the latest. */
const BELIEVED_MS = 2_000

/** Recipients of whom it is remembered. The oldest go first. */
const MAX_HOLDERS = 10_000

/** Asks for the entries that could match. That there are none, for all or for a recipient, is remembered for two seconds: most houses have none, most recipients never will. */
export function heldEntries(store: EntryStore, clock: Clock): EntryStore['matching'] {
  let nobodyUntilMs = Number.NEGATIVE_INFINITY
  const without = new Map<string, number>()
  return async (holder, facts, nowMs) => {
    const now = clock.nowMs()
    if (isBelieved(nobodyUntilMs, now)) return []
    const key = `${holder.organization} ${holder.domain} ${holder.account ?? ''}`
    if (isBelieved(without.get(key) ?? Number.NEGATIVE_INFINITY, now)) return []
    if (await store.anyFor(holder)) {
      without.delete(key)
      return await store.matching(holder, facts, nowMs)
    }
    if (!(await store.any())) nobodyUntilMs = now + BELIEVED_MS
    without.delete(key)
    if (without.size >= MAX_HOLDERS) without.delete(without.keys().next().value ?? key)
    without.set(key, now + BELIEVED_MS)
    return []
  }
}

/** A clock that was put back must not make it longer. */
function isBelieved(untilMs: number, nowMs: number): boolean {
  return nowMs < untilMs && nowMs >= untilMs - BELIEVED_MS
}
