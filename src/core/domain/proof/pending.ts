import type { Domain, OrganizationId } from '../../../base/brand.ts'
import { CLAIM_MS, FIRST_WAIT_MS, LOOK_EVERY_MS } from './limits.ts'

/** A name that an organization says is its own. Nothing is received for it and nothing sent in its name until DNS says so too. */
export interface PendingDomain {
  readonly id: string
  readonly name: Domain
  readonly organization: OrganizationId
  /** `failed`: it was looked for long enough, or somebody else has proven it. */
  readonly state: 'pending' | 'failed'
  readonly subaddress: string
  readonly aliasOf: Domain | null
  /** What the last look found; null before the first. */
  readonly why: string | null
  readonly createdMs: number
  /** Null before the first look. */
  readonly checkedMs: number | null
}

/** What a look at a claim came to. `unknown`: DNS was silent, which proves nothing either way. */
export type ProofFound = { readonly kind: 'proven'; readonly by: 'txt' | 'dkim' } | { readonly kind: 'missing' | 'unknown'; readonly why: string }

/** When a claim is looked at again: it waits as long as it has waited already, from a minute to six hours. Null: it has failed. */
export function nextLookMs(createdMs: number, nowMs: number): number | null {
  const ageMs = nowMs - createdMs
  if (ageMs >= CLAIM_MS) return null
  return nowMs + Math.min(LOOK_EVERY_MS, Math.max(FIRST_WAIT_MS, ageMs))
}
