import type { Domain, OrganizationId } from '../../../base/brand.ts'
import type { Answer } from '../../../base/dns.ts'
import { faultOf } from '../check/dkim.ts'
import { type Claim, claimIn, claimOf } from '../claim.ts'
import { type DkimKey, keyPlans } from '../dkim.ts'
import type { ProofFound } from './pending.ts'

/** What a proof is looked for with. */
export interface ProveOptions {
  /** The installation's. */
  readonly secret: Uint8Array
  readonly keysOf: (organization: OrganizationId, domain: Domain) => Promise<readonly DkimKey[]>
  /** Asks DNS for TXT records, as they are now. */
  readonly txt: (name: string, signal: AbortSignal) => Promise<Answer<string>>
  readonly nowMs: () => number
}

/**
 * Whether DNS says that a name is an organization's: the record made for both of them is there, or one of the keys that would sign for it. Nobody else
 * knows either, and only who keeps the zone can publish them.
 */
export async function prove({ secret, keysOf, txt, nowMs }: ProveOptions, organization: OrganizationId, domain: Domain, signal: AbortSignal): Promise<ProofFound> {
  const claim = claimOf(organization, domain, secret)
  const plans = keyPlans(domain, await keysOf(organization, domain), nowMs()).filter(({ state }) => state === 'signing')
  const [record, ...keys] = await Promise.all([txt(claim.name, signal), ...plans.map(({ name }) => txt(name, signal))])
  const state = claimIn(claim, record)
  if (state === 'published') return { kind: 'proven', by: 'txt' }
  const isLive = plans.some((plan, at) => keys[at] !== undefined && keys[at].kind === 'found' && faultOf(plan, keys[at]) === null)
  if (isLive) return { kind: 'proven', by: 'dkim' }
  return state === 'unknown' ? { kind: 'unknown', why: `DNS does not say what is at ${claim.name}` } : { kind: 'missing', why: toPublish(claim) }
}

/** What its owner has to do, in a sentence. */
function toPublish({ name, value }: Claim): string {
  return `publish the TXT record ${name} "${value}"`
}
