import type { Address } from '../mail/address.ts'

/** What MAIL asked for, with the values decoded. Shared by server, queue and client. */
export interface MailParams {
  /** RFC 1870: octets, as the client counts them; null when it did not say. */
  readonly size: number | null
  /** RFC 6152, RFC 3030. 7BIT when not said. */
  readonly body: Body
  /** RFC 6531: addresses and headers may be UTF-8. */
  readonly smtpUtf8: boolean
  /** RFC 8689: every hop must have verified TLS. */
  readonly requireTls: boolean
  /** RFC 3461 §4.3: how much of the message a failure report returns. */
  readonly ret: 'FULL' | 'HDRS' | null
  /** RFC 3461 §4.4, decoded. */
  readonly envid: string | null
  /** RFC 4954 §5: who submitted it first, decoded; `<>` when unknown. */
  readonly auth: string | null
  /** RFC 4865: not before then. */
  readonly hold: Hold | null
}

/** What the content may hold. */
export type Body = '7BIT' | '8BITMIME' | 'BINARYMIME'

/** When a message may be released. */
export type Hold = { readonly kind: 'for'; readonly seconds: number } | { readonly kind: 'until'; readonly atMs: number }

/** What RCPT asked for. */
export interface RcptParams {
  /** RFC 3461 §4.1; null when not said, which means failures and perhaps delays. */
  readonly notify: Notify | null
  /** RFC 3461 §4.2; null when not said. */
  readonly orcpt: OriginalRecipient | null
}

/** What to report of a recipient. */
export type Notify = 'NEVER' | readonly ('SUCCESS' | 'FAILURE' | 'DELAY')[]

/** Who the sender wrote to, before aliases. `type` is lower-case; `address` is decoded. */
export interface OriginalRecipient {
  readonly type: string
  readonly address: string
}

/** The sender of a transaction; `from` is null for `<>`. */
export interface Sender extends MailParams {
  readonly from: Address | null
}

/** A recipient of a transaction. `postmaster` is `<postmaster>` without a domain (RFC 5321 §4.1.1.3). */
export interface Recipient extends RcptParams {
  readonly to: Address | 'postmaster'
}

/** MAIL without parameters. */
export const NO_MAIL_PARAMS: MailParams = {
  size: null,
  body: '7BIT',
  smtpUtf8: false,
  requireTls: false,
  ret: null,
  envid: null,
  auth: null,
  hold: null,
}

/** RCPT without parameters. */
export const NO_RCPT_PARAMS: RcptParams = { notify: null, orcpt: null }
