import type { Clock } from '../../../base/clock.ts'
import type { Strictness } from './command.ts'
import type { GatherBudget } from './gather-budget.ts'
import { COMMAND_MS, DATA_MS, MAX_ERRORS, MAX_MAILS, MAX_RECIPIENTS } from './limits.ts'

/** What an SMTP listener decides. Made once and shared by its sessions; `smtpConfig` fills in the usual. */
export interface SmtpConfig {
  /** The name in the banner and in the greeting reply. */
  readonly hostname: string
  /** What follows the name in the banner: `ESMTP Merpati`. */
  readonly banner: string
  /** Whether STARTTLS is offered on a connection without TLS. */
  readonly startTls: 'offer' | 'none'
  /** Whether mail is taken without TLS. `refuse` answers 530 5.7.0 to all but greeting, STARTTLS, NOOP, RSET, HELP and QUIT. */
  readonly withoutTls: 'allow' | 'refuse'
  /** Largest message, octets. Announced by SIZE, enforced in MAIL and while the message comes. */
  readonly maxMessageBytes: number
  /** Recipients of a transaction, at least 100 (RFC 5321 §4.5.3.1.8); more get 452 4.5.3. Announced as RCPTMAX. */
  readonly maxRecipients: number
  /** Transactions of a session; the next one gets 421. Announced as MAILMAX. */
  readonly maxMails: number
  /** Commands refused for grammar or order before 421. */
  readonly maxErrors: number
  /** What a line end that is not CRLF earns: refusal (SMTP smuggling), or repair for legacy peers that are trusted. */
  readonly bareLf: 'reject' | 'normalize'
  readonly strictness: Strictness
  /** How far ahead a message may be scheduled, seconds; null when it may not. RFC 4865; submission only. */
  readonly maxHoldSeconds: number | null
  /** Silence that ends the session: before a command, and within a message. */
  readonly commandMs: number
  readonly dataMs: number
  /** Shared by all sessions of a worker. */
  readonly gather: GatherBudget
  /** For the date in the FUTURERELEASE announcement, and nothing else. */
  readonly clock: Clock
  /** Gets what the backend threw; the peer is told only that something failed. */
  readonly onError: (error: unknown, during: string) => void
}

/** The usual listener of a server named `hostname`; `own` are the decisions that differ. */
export function smtpConfig(
  own: Pick<SmtpConfig, 'hostname' | 'gather' | 'clock' | 'onError'> & Partial<SmtpConfig>,
): SmtpConfig {
  return {
    banner: 'ESMTP Merpati',
    startTls: 'offer',
    withoutTls: 'allow',
    maxMessageBytes: 50 * 1024 * 1024,
    maxRecipients: MAX_RECIPIENTS,
    maxMails: MAX_MAILS,
    maxErrors: MAX_ERRORS,
    bareLf: 'reject',
    strictness: 'lenient',
    maxHoldSeconds: null,
    commandMs: COMMAND_MS,
    dataMs: DATA_MS,
    ...own,
  }
}
