import type { Clock } from '../../../base/clock.ts'
import { Recent } from '../../access/recent.ts'
import type { EntryHolder } from '../entry/held.ts'
import type { Thresholds } from '../judge.ts'

/** Thresholds that a domain or an account has of its own; null for those that are the configuration's. deliverability §5.4. */
export interface OwnThresholds {
  readonly reject: number | null
  readonly junk: number | null
  readonly tag: number | null
}

/** What deciding needs of storage. `sql-threshold.ts` has the one implementation. */
export interface ThresholdStore {
  /** Does anybody have any? */
  any(): Promise<boolean>
  /** Those of the account and those of its domain; null for none. */
  of(holder: EntryHolder): Promise<{ readonly account: OwnThresholds | null; readonly domain: OwnThresholds | null }>
}

/** What holds where the account says something, else its domain, else the configuration. */
export function mergeThresholds(usual: Thresholds, domain: OwnThresholds | null, account: OwnThresholds | null): Thresholds {
  const pick = (what: keyof Thresholds): number => account?.[what] ?? domain?.[what] ?? usual[what]
  return { reject: pick('reject'), junk: pick('junk'), tag: pick('tag') }
}

/** How long an answer is believed: a change holds after this time at the latest. */
const BELIEVED_MS = 2_000

/** Recipients of whom it is remembered. The oldest go first. */
const MAX_HOLDERS = 10_000

/** Asks which thresholds hold for a recipient, and remembers it for two seconds: most houses have the configuration's alone. */
export function heldThresholds(store: ThresholdStore, usual: Thresholds, clock: Clock): (holder: EntryHolder) => Promise<Thresholds> {
  const held = new Recent<Thresholds>(clock, MAX_HOLDERS)
  const nobody = ''
  return async (holder) => {
    if (held.get(nobody) !== null) return usual
    const key = `${holder.organization} ${holder.domain} ${holder.account ?? ''}`
    const known = held.get(key)
    if (known !== null) return known
    if (!(await store.any())) {
      held.put(nobody, usual, BELIEVED_MS)
      return usual
    }
    const { domain, account } = await store.of(holder)
    const merged = mergeThresholds(usual, domain, account)
    held.put(key, merged, BELIEVED_MS)
    return merged
  }
}
