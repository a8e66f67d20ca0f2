import type { OrganizationId } from '../../base/brand.ts'
import type { Pool, PoolKind, Traffic } from './source.ts'

/** Whose mail it is, of what kind, and how the sender stands. */
export interface PoolQuestion {
  readonly traffic: Traffic
  readonly organization: OrganizationId | null
  /** `trial` until the tenant is verified: its mail never meets that of verified ones. `penalized`: set apart for what it sent. */
  readonly standing: 'trial' | 'verified' | 'penalized'
  /** From `placementOf`. */
  readonly grade: 'A' | 'B' | 'C'
  /** A pool that the operator has pinned this stream or tenant to. */
  readonly pinned: string | null
  readonly pools: readonly Pool[]
}

/** The pool that carries the mail of those who are on trial. deliverability §3.6. */
export const FOR_TRIALS: PoolKind = 'bulk-shared-c'

/**
 * The pool for a delivery, or null when no pool may carry it. Reports and forwarded mail never go where tenants send, whatever is
 * pinned; trial mail stays with trial mail.
 */
export function pickPool(question: PoolQuestion): Pool | null {
  const { pools, pinned, organization } = question
  const kind = sharedKind(question)
  const isOwn = kind === 'txn-shared' || kind.startsWith('bulk-shared')
  const isTrusted = question.standing === 'verified'
  const pin = isOwn && isTrusted ? pools.find(({ id }) => id === pinned) : undefined
  if (pin !== undefined && isFor(pin, question)) return pin
  const mayOwn = isOwn && isTrusted && organization !== null
  const dedicated = mayOwn ? pools.find((pool) => pool.kind === 'dedicated' && isFor(pool, question)) : undefined
  return dedicated ?? pools.find((pool) => pool.kind === kind) ?? pools.find((pool) => pool.kind === 'all') ?? null
}

function sharedKind({ traffic, standing, grade }: PoolQuestion): PoolKind {
  if (traffic === 'system' || traffic === 'forwarding') return traffic
  if (standing === 'penalized') return 'penalty'
  if (traffic === 'submission') return 'mailbox-users'
  if (standing === 'trial') return FOR_TRIALS
  if (traffic === 'transactional') return 'txn-shared'
  if (grade === 'A') return 'bulk-shared-a'
  return grade === 'B' ? 'bulk-shared-b' : 'bulk-shared-c'
}

/** Nobody sends from another's addresses, and a dedicated pool carries what it was made for. */
function isFor(pool: Pool, { organization, traffic }: PoolQuestion): boolean {
  if (pool.kind === 'system' || pool.kind === 'forwarding') return false
  if (pool.organization !== null && pool.organization !== organization) return false
  return pool.carries === null || pool.carries.includes(traffic)
}
