import type { TlsState } from '../../base/wire.ts'
import type { SaslAuthority, SaslExchange } from './exchange.ts'
import { loginExchange } from './login.ts'
import { plainExchange } from './plain.ts'
import { scramExchange } from './scram.ts'

/** The mechanisms we know, by their registered names. */
export type Mechanism = 'SCRAM-SHA-256-PLUS' | 'SCRAM-SHA-256' | 'PLAIN' | 'LOGIN'

/**
 * What to offer on a connection, strongest first; empty when nothing may be.
 *
 * Without TLS nothing is offered, except where `withoutTls` says `allow` (the demo, on loopback). PLUS is offered
 * when TLS can give its exporter (RFC 9266 §2: TLS 1.3).
 */
export function offeredMechanisms(tls: TlsState | null, withoutTls: 'refuse' | 'allow'): readonly Mechanism[] {
  if (tls === null) return withoutTls === 'allow' ? ['SCRAM-SHA-256', 'PLAIN', 'LOGIN'] : []
  if (tls.exporter === null) return ['SCRAM-SHA-256', 'PLAIN', 'LOGIN']
  return ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'PLAIN', 'LOGIN']
}

/** What an exchange is started with. */
export interface SaslOptions<Identity> {
  readonly authority: SaslAuthority<Identity>
  /** What was offered on this connection: `offeredMechanisms`. Others are unknown. */
  readonly offered: readonly Mechanism[]
  readonly tls: TlsState | null
  /** Makes our part of a SCRAM nonce: printable ASCII without comma, at least 18 random bytes, new at each call. */
  readonly serverNonce: () => string
  /** Whether the protocol can send data with its success; SMTP, IMAP and POP3 cannot, which is the default `challenge`. */
  readonly finalData?: 'challenge' | 'with-success'
}

/** Begins an exchange by the name the client sent (in any case); null when that mechanism is not offered here. */
export function startSasl<Identity>(name: string, options: SaslOptions<Identity>): SaslExchange<Identity> | null {
  const mechanism = options.offered.find((offered) => offered === name.toUpperCase())
  switch (mechanism) {
    case undefined:
      return null
    case 'PLAIN':
      return plainExchange(options.authority)
    case 'LOGIN':
      return loginExchange(options.authority)
    default:
      return scramExchange({
        authority: options.authority,
        mechanism,
        exporter: options.offered.includes('SCRAM-SHA-256-PLUS') ? (options.tls?.exporter ?? null) : null,
        serverNonce: options.serverNonce(),
        finalData: options.finalData ?? 'challenge',
      })
  }
}
