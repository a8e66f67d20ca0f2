import type { Answer, Mx } from '../../../base/dns.ts'
import { LOOK_UP_WITHIN_MS } from './limits.ts'

/** What the checks of a client and its sender ask of DNS. `DnsResolver` is one. */
export interface NetworkDns {
  addresses(name: string, family: 4 | 6, signal: AbortSignal): Promise<Answer<string>>
  /** `''` as exchange is the root (RFC 7505). */
  mx(name: string, signal: AbortSignal): Promise<Answer<Mx>>
  /** Names of an address, unverified. */
  ptr(address: string, signal: AbortSignal): Promise<Answer<string>>
}

/** A signal that ends with `signal`, or when the questions of one check have taken too long: what is missing then could not be learned. */
export function inTime(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(LOOK_UP_WITHIN_MS)])
}
