import type { OrganizationId } from '../../base/brand.ts'
import type { StreamName } from '../organization/stream/name.ts'

/** How a consent ends: its giver stopped the mail, called it unwanted, or asked a person to stop it. */
export type Withdrawal = 'unsubscribe' | 'complaint' | 'request'

/** A record that somebody agreed to get mail. It is never changed, but for its end, which is written down once. deliverability §8.2. */
export interface Consent {
  readonly organization: OrganizationId
  readonly id: string
  /** Folded by `foldAddress`. */
  readonly address: string
  readonly stream: StreamName
  /** Where it was given. */
  readonly source: string
  /** The words that were agreed to, in the language that they were read in. */
  readonly wording: string
  /** Which version of these words; null when nobody said. */
  readonly version: string | null
  /** The IP address of who gave it; null when it was not given over a network, or nobody said. */
  readonly client: string | null
  /** What proves it beside this; null when nobody said. */
  readonly proof: string | null
  readonly givenMs: number
  readonly recordedMs: number
  /** Null while it holds; together with `withdrawnBy`. */
  readonly withdrawnMs: number | null
  readonly withdrawnBy: Withdrawal | null
}

/** A consent as it is written down. Whether it holds is found then. */
export type NewConsent = Omit<Consent, 'withdrawnMs' | 'withdrawnBy'>

/** Whether a category of the suppression list (`core/pool/category.ts`) is the word of the recipient, which ends what he consented to. */
export function isWithdrawal(category: string | null): category is Exclude<Withdrawal, 'request'> {
  return category === 'unsubscribe' || category === 'complaint'
}
