import type { AccountId, OrganizationId } from '../../base/brand.ts'
import type { Peer, TlsState } from '../../base/wire.ts'
import type { Recipient, Sender } from '../../proto/smtp/envelope.ts'
import type { Hook } from '../route/pattern.ts'
import type { SubmissionBounds } from '../access/store.ts'
import type { Receiver } from '../route/route.ts'

/** What a message came in by: one SMTP or LMTP session, as the trace and the Received field tell it. */
export interface Session {
  readonly peer: Peer
  readonly protocol: 'smtp' | 'esmtp' | 'lmtp'
  /** What the client called itself in EHLO, HELO or LHLO. */
  readonly helo: string
  readonly tls: TlsState | null
  /** Who logged in: set on submission, null for everybody's mail. */
  readonly login: Login | null
  /** The client spoke before it was greeted. */
  readonly spokeFirst?: true
  /** We have written it ourselves: a report. */
  readonly isOwn?: true
}

/** An account that may submit. */
export interface Login {
  readonly account: AccountId
  readonly organization: OrganizationId
  readonly login: string
  /** Which of its credentials let it in; not there for what we write ourselves. */
  readonly credential?: string
  /** Of a program: whom it submits as, in which streams. Not there for people, who submit as themselves. */
  readonly submission?: SubmissionBounds
}

/** A recipient that has been accepted in the session, with where its address leads. */
export interface AcceptedRecipient {
  readonly recipient: Recipient
  /** The address in canonical form, the domain of `<postmaster>` filled in. */
  readonly address: string
  /** Accounts here that get it. */
  readonly receivers: readonly Receiver[]
  /** Addresses elsewhere that get it: an alias that leads out, or a remote recipient of a submission. */
  readonly elsewhere: readonly string[]
  readonly organization: OrganizationId
  /** Programs that get it; missing for most. */
  readonly hooks?: readonly Hook[]
  /** Set for a domain that we keep mail for: for how long. */
  readonly spoolMs?: number
}

/** A transaction whose message is here. */
export interface Transaction {
  readonly session: Session
  readonly sender: Sender
  readonly recipients: readonly AcceptedRecipient[]
}
