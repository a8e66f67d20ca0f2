import type { Answer, Mx } from '../../../base/dns.ts'

/** What the checks of a client and its sender ask of DNS. `DnsResolver` is one. The signal they are given ends them: whoever asks sets `LOOK_UP_WITHIN_MS`. */
export interface NetworkDns {
  addresses(name: string, family: 4 | 6, signal: AbortSignal): Promise<Answer<string>>
  /** `''` as exchange is the root (RFC 7505). */
  mx(name: string, signal: AbortSignal): Promise<Answer<Mx>>
  /** Names of an address, unverified. */
  ptr(address: string, signal: AbortSignal): Promise<Answer<string>>
}
