import { isIPv6 } from 'node:net'
import type { OrganizationId } from '../../base/brand.ts'
import type { Texts } from './text.ts'

/** A source's life: being set up, warming up, in use; taken out for a while, for a fault, for good. */
export type SourceState = 'provisioning' | 'warming' | 'active' | 'resting' | 'quarantine' | 'retired'

/** How one check of a source ended last. */
export type CheckResult = 'ok' | 'failed' | 'unknown'

/** What a source needs before strangers believe it. */
export interface SourceChecks {
  /** It has reverse DNS, and that name leads back to it. */
  readonly reverse: CheckResult
  /** That name is what it says in EHLO. */
  readonly ehlo: CheckResult
  /** The SPF record that tenants include holds it. */
  readonly spf: CheckResult
  /** It is on none of the lists that everybody asks. */
  readonly unlisted: CheckResult
  /** Port 25 of the world can be reached from it. */
  readonly egress: CheckResult
  /** Its machine's clock is right: signatures and certificates have times. */
  readonly clock: CheckResult
}

/** An IP address that sends. */
export interface Source {
  readonly id: string
  readonly address: string
  readonly family: 'v4' | 'v6'
  /** The name in EHLO. */
  readonly ehlo: string
  /** How the socket gets there, where that is not the address itself. */
  readonly bind: {
    readonly address: string | null
    readonly ports: readonly [from: number, to: number] | null
    readonly proxy: string | null
  }
  readonly state: SourceState
  /** Its part of the work among others of its pool; 1 is the usual. */
  readonly weight: number
  readonly checks: SourceChecks
  /** Since when it sends; null while it never has. */
  readonly sendsSinceMs: number | null
}

/** The kinds of pools, as people name them. */
export const POOL_KINDS = [
  'all', 'txn-shared', 'bulk-shared-a', 'bulk-shared-b', 'bulk-shared-c', 'dedicated', 'warmup', 'penalty', 'forwarding', 'system', 'mailbox-users',
] as const

/** What a pool is for. `all`: everything, where there are few addresses. */
export type PoolKind = (typeof POOL_KINDS)[number]

/** A name of a source or a pool. */
export const SOURCE_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/

/** A set of sources for one kind of traffic. */
export interface Pool {
  readonly id: string
  readonly kind: PoolKind
  /** Whose it is, of a dedicated pool; null for a shared one. */
  readonly organization: OrganizationId | null
  /** What a dedicated pool carries; null for everything that its tenant sends. */
  readonly carries: readonly Traffic[] | null
  /** Ids of its sources. */
  readonly sources: readonly string[]
  /** The pool that takes what warm-up has no room for. */
  readonly overflow: string | null
}

/**
 * What kind of mail it is. `submission`: people writing letters; `system`: reports, notices and verification, never from where tenants
 * send.
 */
export type Traffic = 'transactional' | 'broadcast' | 'submission' | 'forwarding' | 'system'

/** The family of an address. */
export function familyOf(address: string): Source['family'] {
  return isIPv6(address) ? 'v6' : 'v4'
}

/** Days that a source has been sending, for `limitsOf`; 0 before it began. */
export function ageDays({ sendsSinceMs }: Source, nowMs: number): number {
  return sendsSinceMs === null ? 0 : Math.max(0, Math.floor((nowMs - sendsSinceMs) / 86_400_000))
}

/** May it send at all? It works or warms up, and nothing is known to be wrong with it. What was never checked is no fault. */
export function isUsable({ state, checks }: Source): boolean {
  return (state === 'active' || state === 'warming') && Object.values(checks).every((result) => result !== 'failed')
}

/** What stands between a source and its first message: each check that is not known to be in order. Empty when it may begin. */
export function whatIsMissing({ checks }: Source): readonly Texts[] {
  return CHECKS.flatMap((name) => (checks[name] === 'ok' ? [] : [MISSING[name]]))
}

const MISSING: Readonly<Record<keyof SourceChecks, Texts>> = {
  reverse: {
    en: 'The address needs reverse DNS, and that name must lead back to it.',
    id: 'Alamat IP perlu reverse DNS, dan nama itu harus mengarah kembali ke alamat ini.',
  },
  ehlo: { en: 'The name in EHLO must be that of the reverse DNS.', id: 'Nama EHLO harus sama dengan nama reverse DNS.' },
  spf: {
    en: 'The SPF record that tenants include must hold the address.',
    id: 'Data SPF yang disertakan pelanggan harus memuat alamat IP ini.',
  },
  unlisted: { en: 'The address must not be on a list of bad addresses.', id: 'Alamat IP tidak boleh ada di daftar blokir.' },
  egress: {
    en: 'Port 25 of other servers must be reachable from the address.',
    id: 'Port 25 server lain harus dapat dijangkau dari alamat IP ini.',
  },
  clock: { en: 'The clock of its machine must be right.', id: 'Jam mesinnya harus tepat.' },
}

const CHECKS = Object.keys(MISSING) as readonly (keyof SourceChecks)[]
