import type { Advice, State } from '../../core/domain/check/finding.ts'

/** What is looked at on this machine and around it, by stable names. */
export type HostCheckId = 'port-25-out' | 'ptr' | 'address-lists' | 'domain-lists' | 'domain-age' | 'resolver' | 'clock' | 'disk' | 'database' | 'queue'

/** How it ended. `info`: worth knowing, and nothing is wrong. */
export type HostState = State | 'info'

/** What one check found. */
export interface HostFinding {
  readonly id: HostCheckId
  readonly kind: HostState
  readonly found: string
  /** Null when nothing is to be done. */
  readonly advice: Advice | null
}

/** What was found, with what to do about it unless it is in order. */
export function hostFinding(id: HostCheckId, kind: HostState, found: string, en = '', id_ = ''): HostFinding {
  return { id, kind, found, advice: en === '' || kind === 'pass' ? null : { en, id: id_ } }
}
