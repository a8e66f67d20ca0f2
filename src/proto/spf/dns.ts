import type { Answer, Mx } from '../../base/dns.ts'

/** What SPF asks of DNS. `DnsResolver` is one. Methods give `Failed` and do not reject, whatever name is asked for. */
export interface SpfDns {
  /** Text records, the strings of each joined without anything between them, a character for each byte. RFC 7208 §3.3. */
  txt(name: string, signal: AbortSignal): Promise<Answer<string>>
  addresses(name: string, family: 4 | 6, signal: AbortSignal): Promise<Answer<string>>
  /** `''` as exchange is the root (RFC 7505). */
  mx(name: string, signal: AbortSignal): Promise<Answer<Mx>>
  /** Names of an address, unverified. */
  ptr(address: string, signal: AbortSignal): Promise<Answer<string>>
}
