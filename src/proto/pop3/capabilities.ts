import type { TlsState } from '../../base/wire.ts'
import { offeredMechanisms } from '../sasl/mechanisms.ts'
import type { Pop3Config } from './backend.ts'

/**
 * What CAPA lists, in both states alike. RFC 2449 §6, RFC 2595 §4, RFC 5034 §3, RFC 3206 §5.
 *
 * UTF8 (RFC 6856) is not listed, though names and passwords in UTF-8 are taken: who lists it must refuse internationalized mail to every
 * client that does not ask, and those clients read it well.
 */
export function capabilities(tls: TlsState | null, config: Pop3Config): readonly string[] {
  const mechanisms = offeredMechanisms(tls, config.plainPasswords)
  const list = ['TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING', 'EXPIRE NEVER', 'IMPLEMENTATION Merpati']
  if (mechanisms.length > 0) list.push('USER', `SASL ${mechanisms.join(' ')}`)
  if (tls === null && config.stls === 'offer') list.push('STLS')
  return list
}
