import type { Token } from './token.ts'
import { tokenOf } from './token.ts'

/** What addresses are made with. */
export interface UrlOptions {
  /** `https://mail.example.org`, without a slash at its end. */
  readonly origin: string
  readonly secret: Uint8Array
}

/** The address that stands for a token. All its characters may stand in HTML and in a header field as they are. */
export function urlOf(token: Token, { origin, secret }: UrlOptions): string {
  const text = tokenOf(token, secret)
  switch (token.kind) {
    case 'open':
      return `${origin}/t/o/${text}.gif`
    case 'click':
      return `${origin}/t/c/${text}`
    default:
      return `${origin}/t/u/${text}`
  }
}

/**
 * The header fields with which mail programs unsubscribe their user: at once by a POST (RFC 8058 §3.1), or, where they know no more than RFC 2369 §3.2, by a mail to an address.
 * DKIM signs both: `proto/dkim/sign.ts`.
 */
export function unsubscribeFields(url: string, address: string): string {
  return `List-Unsubscribe: <${url}>,\r\n <mailto:${address}?subject=unsubscribe>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n`
}
