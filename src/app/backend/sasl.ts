import { randomBytes } from 'node:crypto'
import type { TlsState } from '../../base/wire.ts'
import type { Identity } from '../../core/access/identity.ts'
import type { SaslAuthority, SaslExchange } from '../../proto/sasl/exchange.ts'
import { offeredMechanisms, startSasl } from '../../proto/sasl/mechanisms.ts'

/** Begins a SASL exchange for a protocol of ours; null for a mechanism that is not offered on this connection. */
export function saslExchange(
  mechanism: string,
  authority: SaslAuthority<Identity>,
  tls: TlsState | null,
  withoutTls: 'refuse' | 'allow',
): SaslExchange<Identity> | null {
  return startSasl(mechanism, { authority, offered: offeredMechanisms(tls, withoutTls), tls, serverNonce })
}

/** Our part of a SCRAM nonce. RFC 5802 §5.1: printable, without comma. */
export function serverNonce(): string {
  return randomBytes(18).toString('base64url')
}
