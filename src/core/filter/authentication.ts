import type { TlsState } from '../../base/wire.ts'
import type { ArcResult } from '../../proto/arc/check.ts'
import type { DkimFinding } from '../../proto/dkim/finding.ts'
import type { DmarcOutcome } from '../../proto/dmarc/outcome.ts'

/** What SPF said, of whom. RFC 7208 §2.6, RFC 8601 §2.7.2. */
export interface SpfOutcome {
  readonly result: 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'temperror' | 'permerror'
  /** Whose right to send was asked for: MAIL FROM's, or HELO's when that is null. */
  readonly identity: 'mailfrom' | 'helo'
  /** The domain asked; null when there was none to ask. */
  readonly domain: string | null
  /** Why, in words; null for none. It may come from a peer. */
  readonly reason: string | null
}

/** Whether the client's address has a name that leads back to it. RFC 8601 §2.7.3. */
export interface IprevOutcome {
  /** `fail`: the name leads elsewhere; `permerror`: the address has no name. */
  readonly result: 'pass' | 'fail' | 'temperror' | 'permerror'
  readonly address: string
  /** The name, when there is one. */
  readonly name: string | null
}

/** All that is known of who sent a message; null for what was not checked. */
export interface Authentication {
  readonly spf: SpfOutcome | null
  readonly iprev: IprevOutcome | null
  readonly dkim: readonly DkimFinding[] | null
  readonly arc: ArcResult | null
  readonly dmarc: DmarcOutcome | null
  /** How the connection was encrypted that brought it; null when it was not. */
  readonly tls: Pick<TlsState, 'version' | 'cipher'> | null
}
