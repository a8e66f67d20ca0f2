import type { Login } from './connect.ts'

/** Where mail for a domain goes because somebody says so. deliverability §2.2. */
export type Transport =
  /** To these servers, in this order. */
  | {
      readonly kind: 'relay'
      readonly hosts: readonly HostPort[]
      readonly protocol: 'smtp' | 'lmtp'
      /** `verified`: STARTTLS and a certificate that is trusted; `implicit`: TLS from the first byte, trusted too; `opportunistic`: TLS if there is any. */
      readonly security: 'verified' | 'implicit' | 'opportunistic'
      readonly login: Login | null
    }
  /** By its MX records, though all other mail goes to a relay. */
  | { readonly kind: 'direct' }
  /** Nowhere: it fails at once with these words. */
  | { readonly kind: 'refuse'; readonly text: string }

/** A server by name or address. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Which domains a transport is for: `far.example`, `*.far.example` or `*`, in lower case. */
export const TRANSPORT_PATTERN = /^(?:\*|(?:\*\.)?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*)$/
