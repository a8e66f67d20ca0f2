import type { StsPolicy } from '../../../proto/mtasts/policy.ts'
import type { TlsResult } from './result.ts'

/** A policy as it is kept. */
export interface KeptPolicy {
  /** The record's id when it was fetched. */
  readonly id: string
  readonly policy: StsPolicy
  readonly fetchedMs: number
  /** RFC 8461 §3.2: it holds so long, whatever becomes of the record or the web server. */
  readonly untilMs: number
}

/** Where policies are kept, over restarts and for all threads: a domain's first mail after a start must not go without. */
export interface StsStore {
  /** Null when there is none. @throws {Unavailable} */
  get(domain: string): Promise<KeptPolicy | null>
  /** In place of the one from before. @throws {Unavailable} */
  put(domain: string, kept: KeptPolicy): Promise<void>
}

/** What a policy's web server said. */
export type FetchedPolicy = { readonly kind: 'policy'; readonly policy: StsPolicy } | { readonly kind: 'failed'; readonly why: string; readonly result: StsFault }

/** Why there is no new policy, in the words of RFC 8460 §4.3.2.2. */
export type StsFault = Extract<TlsResult, 'sts-policy-fetch-error' | 'sts-policy-invalid' | 'sts-webpki-invalid'>
