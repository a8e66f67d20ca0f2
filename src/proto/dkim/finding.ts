import type { KeyFault } from './key-record.ts'
import type { SignatureFault, SignatureTags } from './signature.ts'

/** The words of RFC 8601 §2.7.1 for one signature; `none` is an empty list of findings. */
export type DkimResult = 'pass' | 'fail' | 'neutral' | 'permerror' | 'temperror' | 'policy'

/** Why a signature did not pass. */
export type DkimReason =
  | SignatureFault
  | KeyFault
  /** The body or the signed fields are not those that were signed. */
  | 'body-changed' | 'signature-wrong'
  /** The key's name has no record, or DNS did not answer. */
  | 'no-key' | 'dns'
  /** The key is of another type, or may not be used with SHA-256, or not for this identity (`t=s`). */
  | 'key-mismatch' | 'hash-not-allowed' | 'identity-not-allowed'
  | 'expired'
  /** `l=`: the signature holds for the beginning of the body, and something stands behind it. */
  | 'partial-body'
  /** `l=` is more than there is. */
  | 'body-too-short'
  /** More signatures than we look at. */
  | 'too-many'
  | 'header-too-large'

/** What one signature is worth. */
export interface DkimFinding {
  readonly result: DkimResult
  /** Null for `pass`. */
  readonly reason: DkimReason | null
  /** `d=`, `s=` and `i=`; null where they could not be read. */
  readonly domain: string | null
  readonly selector: string | null
  readonly identity: string | null
  readonly algorithm: SignatureTags['algorithm'] | null
  /** The first eight characters of `b=`, by which reports tell signatures apart (RFC 6008 §3); null when it has none. */
  readonly prefix: string | null
  /** Size of the key, bits; null when none was read. */
  readonly keyBits: number | null
  /** The domain is testing (`t=y`): the message is to be treated as if it were not signed. RFC 6376 §3.6.1. */
  readonly testing: boolean
  /** Lower-case names of the fields covered, so that a caller can ask for List-Unsubscribe or Subject. Empty when it did not pass. */
  readonly names: readonly string[]
}
