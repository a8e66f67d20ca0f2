import type { Answer, Mx } from '../../base/dns.ts'
import type { PeerCertificate, Wire } from '../../base/wire.ts'

/** What sending asks of DNS. `infra/net/resolver` answers. */
export interface Names {
  mx(domain: string, signal: AbortSignal): Promise<Answer<Mx>>
  addresses(host: string, family: 4 | 6, signal: AbortSignal): Promise<Answer<string>>
}

/** How to connect. */
export interface OpenOptions {
  readonly address: string
  readonly port: number
  /** One of our addresses; null lets the kernel choose. */
  readonly from: string | null
  /** The name that the certificate must have. */
  readonly serverName: string
  /** `implicit`: TLS from the first byte. */
  readonly security: 'plain' | 'implicit'
  readonly withinMs: number
}

/** What connecting came to. */
export type Opened =
  | {
      readonly kind: 'connected'
      readonly wire: Wire
      /** What the server showed; null without TLS. */
      readonly certificate: () => PeerCertificate | null
    }
  | { readonly kind: 'failed'; readonly why: 'refused' | 'timeout' | 'unreachable' | 'tls' | 'aborted'; readonly detail: string }

/** Opens connections. `infra/net/dial.ts` does. Never rejects for what a network does. */
export type Open = (options: OpenOptions, signal: AbortSignal) => Promise<Opened>
