import type { Domain } from '../../base/brand.ts'
import type { DmarcReason } from './outcome.ts'
import type { DmarcRecord } from './record.ts'
import { organizationOf } from './walk.ts'
import type { TreeWalks } from './walk.ts'

/** The policy record for an author, and how it was found. */
export interface Discovery {
  readonly author: Domain
  /** Null when there is none, or when it could not be learned (`failed`). */
  readonly record: DmarcRecord | null
  readonly policyDomain: string | null
  /** It was published for the author's very domain. */
  readonly isOwn: boolean
  /** Null while the author's own record made it unnecessary to know. */
  readonly organization: string | null
  readonly failed: boolean
  readonly reasons: readonly DmarcReason[]
}

/**
 * Finds the record: the author's own, else that of the organizational domain, else that of the public suffix above it. RFC 9989 §4.10.1.
 * With an own record nothing else is asked.
 */
export async function discover(author: Domain, walks: TreeWalks): Promise<Discovery> {
  const none: Discovery = { author, record: null, policyDomain: null, isOwn: false, organization: null, failed: false, reasons: [] }
  const own = await walks.at(author)
  if (typeof own === 'object') return { ...none, record: own, policyDomain: author, isOwn: true }
  if (own === 'failed') return { ...none, failed: true }
  const walk = await walks.walk(author)
  const reasons: readonly DmarcReason[] = walk.several.length > 0 ? ['several-records'] : []
  // What stands above a silent name might be another's domain: without the whole walk nobody knows whose policy it is.
  if (walk.failedAt !== null) return { ...none, failed: true, reasons }
  const organization = organizationOf(walk)
  const found = walk.found.find(({ domain }) => domain === organization) ?? walk.found.find(({ record }) => record.psd === 'y')
  return { ...none, record: found?.record ?? null, policyDomain: found?.domain ?? null, organization, reasons }
}
