import { createHash } from 'node:crypto'
import { formatStsPolicy, type StsPolicy } from '../../proto/mtasts/policy.ts'
import type { House } from './house.ts'

/** What a hosted domain asks of those who send to it. `none`: nothing, and whoever had a policy of ours is told so. */
export type StsMode = StsPolicy['mode']

/** How long senders hold to a policy, seconds. A policy under test is looked at again the next day; one that is enforced outlives an outage of ours. */
const MAX_AGE_S: Readonly<Record<StsMode, number>> = { none: 86_400, testing: 86_400, enforce: 14 * 86_400 }

/** The policy that we publish for a domain in this mode: our names, and nobody else's. RFC 8461 §3.2. */
export function stsPolicyOf({ hostname, otherNames }: Pick<House, 'hostname' | 'otherNames'>, mode: StsMode): StsPolicy {
  return { mode, maxAgeS: MAX_AGE_S[mode], mx: mode === 'none' ? [] : [...new Set([hostname, ...otherNames])] }
}

/** Its id, for the TXT record: made of its text, so that it changes when the policy does and is the same on every node. RFC 8461 §3.1. */
export function stsPolicyId(house: Pick<House, 'hostname' | 'otherNames'>, mode: StsMode): string {
  return createHash('sha256').update(formatStsPolicy(stsPolicyOf(house, mode))).digest('hex').slice(0, 20)
}
