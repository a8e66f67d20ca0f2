import type { OrganizationId } from '../../base/brand.ts'
import type { Grade } from './dedicated.ts'
import type { Pool, PoolKind, Traffic } from './source.ts'

/** Whose mail it is, of what kind, and how the sender stands. */
export interface PoolQuestion {
  readonly traffic: Traffic
  readonly organization: OrganizationId | null
  /** `trial` until the tenant is verified: its mail never meets that of verified ones. `penalized`: set apart for what it sent. */
  readonly standing: 'trial' | 'verified' | 'penalized'
  /** From `placementOf`. */
  readonly grade: Grade
  /** A pool that the operator has pinned this stream or tenant to. */
  readonly pinned: string | null
  readonly pools: readonly Pool[]
}

/** The shared pools for what goes to many, by grade of the sender. deliverability §3.8. */
const OF_GRADE: Readonly<Record<Grade, PoolKind>> = { A: 'bulk-shared-a', B: 'bulk-shared-b', C: 'bulk-shared-c' }

/** The pool that carries the mail of those who are on trial. deliverability §3.6. */
export const FOR_TRIALS = OF_GRADE.C

/** Is there a pool for senders that are better or worse than most? Else their grades change nothing. */
export function hasGradedPools(pools: readonly Pick<Pool, 'kind'>[]): boolean {
  return pools.some(({ kind }) => kind === OF_GRADE.A || kind === OF_GRADE.C)
}

/**
 * The pool for a delivery, or null when no pool may carry it. Reports and forwarded mail never go where tenants send, whatever is
 * pinned; trial mail stays with trial mail.
 */
export function pickPool(question: PoolQuestion): Pool | null {
  const { pools, pinned, organization } = question
  const kinds = sharedKinds(question)
  const isOwn = kinds.some((kind) => kind === 'txn-shared' || kind.startsWith('bulk-shared'))
  const isTrusted = question.standing === 'verified'
  const pin = isOwn && isTrusted ? pools.find(({ id }) => id === pinned) : undefined
  if (pin !== undefined && isFor(pin, question)) return pin
  const mayOwn = isOwn && isTrusted && organization !== null
  const dedicated = mayOwn ? pools.find((pool) => pool.kind === 'dedicated' && isFor(pool, question)) : undefined
  if (dedicated !== undefined) return dedicated
  for (const kind of [...kinds, 'all']) {
    const shared = pools.find((pool) => pool.kind === kind)
    if (shared !== undefined) return shared
  }
  return null
}

/** Kinds of pools that carry it, the first that there is. Who has no pool of its grade goes by that of the middle one, and good senders never meet bad ones. */
function sharedKinds({ traffic, standing, grade }: PoolQuestion): readonly PoolKind[] {
  if (traffic === 'system' || traffic === 'forwarding') return [traffic]
  if (standing === 'penalized') return ['penalty']
  if (traffic === 'submission') return ['mailbox-users']
  if (standing === 'trial') return [FOR_TRIALS]
  if (traffic === 'transactional') return ['txn-shared']
  const own = OF_GRADE[grade]
  return own === OF_GRADE.B ? [own] : [own, OF_GRADE.B]
}

/** Pools that nothing else than their own mail ever leaves by. */
const APART: readonly PoolKind[] = ['system', 'forwarding']

/** Why the pool of this name cannot take what others have no room for; null when it can, or there is none. */
export function overflowFaultIn({ pools }: { readonly pools: readonly Pool[] }, name: string | null): string | null {
  const pool = pools.find(({ id }) => id === name)
  return pool !== undefined && APART.includes(pool.kind) ? `${pool.id} carries ${pool.kind} mail and nothing else` : null
}

/**
 * May a sender's mail leave by this pool when its own has no room? Not where it would meet what pools keep apart: trial mail stays with
 * trial mail, and nobody gets to better senders than those of his grade. deliverability §3.6, §3.7.
 */
export function mayOverflow({ traffic, organization, standing, grade }: Omit<PoolQuestion, 'pinned' | 'pools'>, { kind, organization: owner }: Pool): boolean {
  if (standing !== 'verified' || traffic === 'system' || traffic === 'forwarding' || APART.includes(kind)) return false
  if (owner !== null && owner !== organization) return false
  const better = (['A', 'B', 'C'] as const).filter((other) => other < grade)
  return !better.some((other) => OF_GRADE[other] === kind)
}

/** Nobody sends from another's addresses, and a dedicated pool carries what it was made for. */
function isFor(pool: Pool, { organization, traffic }: PoolQuestion): boolean {
  if (APART.includes(pool.kind)) return false
  if (pool.organization !== null && pool.organization !== organization) return false
  return pool.carries === null || pool.carries.includes(traffic)
}
