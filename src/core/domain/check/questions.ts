import type { Answer, Caa, Failed, Mx, Srv, Tlsa } from '../../../base/dns.ts'
import type { StsPolicy } from '../../../proto/mtasts/policy.ts'
import { MAX_QUESTIONS } from './limits.ts'

/** What checks ask of DNS. `infra/net/resolver` answers. */
export interface DnsPort {
  mx(name: string, signal: AbortSignal): Promise<Answer<Mx>>
  /** As `mx`, and wrong signatures do not count: it tells a bad signature from a broken server. */
  uncheckedMx(name: string, signal: AbortSignal): Promise<Answer<Mx>>
  addresses(name: string, family: 4 | 6, signal: AbortSignal): Promise<Answer<string>>
  txt(name: string, signal: AbortSignal): Promise<Answer<string>>
  ptr(address: string, signal: AbortSignal): Promise<Answer<string>>
  tlsa(name: string, signal: AbortSignal): Promise<Answer<Tlsa>>
  srv(name: string, signal: AbortSignal): Promise<Answer<Srv>>
  cname(name: string, signal: AbortSignal): Promise<Answer<string>>
  caa(name: string, signal: AbortSignal): Promise<Answer<Caa>>
  /** Whether the resolver was seen to validate: without it nothing can be said of DNSSEC. */
  readonly validates: boolean
}

/** A policy as a sender would fetch it, or why he could not. */
export type FetchedSts = { readonly kind: 'policy'; readonly policy: StsPolicy } | { readonly kind: 'failed'; readonly why: string }

/** What connecting to port 25 came to, as a sender elsewhere sees it. */
export type Greeted =
  | { readonly kind: 'greeted'; readonly tookMs: number; readonly startTls: boolean }
  | { readonly kind: 'failed'; readonly why: string }

/** Whether a host of the domain answers HTTPS as a mail program needs it. */
export type WebAnswer = { readonly kind: 'answers' } | { readonly kind: 'failed'; readonly why: string }

/** What came of pressing "unsubscribe". `untrusted`: the certificate would not do; `failed`: nobody answered, or nobody was asked. */
export type OneClick =
  | { readonly kind: 'answered'; readonly status: number; readonly tookMs: number }
  | { readonly kind: 'untrusted' | 'failed'; readonly why: string }

/** What DNS lists say of a domain. `grave`: a list that most believe calls it bad; `light`: it is called abused, or on a list that few believe. */
export type Listed =
  | { readonly kind: 'unlisted' }
  | { readonly kind: 'listed'; readonly lists: readonly string[]; readonly weight: 'grave' | 'light' }
  | { readonly kind: 'unknown'; readonly why: string }

/** What checks ask of the world beside DNS. */
export interface OutsidePort {
  /** Fetches the MTA-STS policy of a domain over HTTPS, with a certificate that is trusted. */
  policy(domain: string, signal: AbortSignal): Promise<FetchedSts>
  /** Connects to an address of ours as a mail server would. */
  greet(host: string, address: string, signal: AbortSignal): Promise<Greeted>
  /** Asks for what mail programs ask for at `autoconfig.` or `autodiscover.` and the domain, with a certificate that is trusted. */
  web(label: 'autoconfig' | 'autodiscover', domain: string, signal: AbortSignal): Promise<WebAnswer>
  /** Posts to an address of ours for unsubscribing, one that stands for nobody, as a mail program would. */
  oneClick(signal: AbortSignal): Promise<OneClick>
  /** Asks DNS lists for a domain. */
  listed(domain: string, signal: AbortSignal): Promise<Listed>
  /** Whether mail to this local part at the domain reaches somebody. */
  reaches(local: string, domain: string): Promise<boolean>
  /** False for addresses of private networks: what a stranger cannot reach. */
  isPublic(address: string): boolean
}

/** The questions of one check: its deadline and its budget are inside. Beyond the budget an answer is `failed`, as is what comes too late. */
export class Questions {
  readonly #dns: DnsPort
  readonly outside: OutsidePort
  readonly signal: AbortSignal
  #left: number

  constructor(dns: DnsPort, outside: OutsidePort, signal: AbortSignal, budget: number = MAX_QUESTIONS) {
    this.#dns = dns
    this.outside = outside
    this.signal = signal
    this.#left = budget
  }

  /** See `DnsPort`. */
  get validates(): boolean {
    return this.#dns.validates
  }

  /** Mail exchangers. */
  async mx(name: string): Promise<Answer<Mx>> {
    return this.#spent() ?? (await this.#dns.mx(name, this.signal))
  }

  /** See `DnsPort`. */
  async uncheckedMx(name: string): Promise<Answer<Mx>> {
    return this.#spent() ?? (await this.#dns.uncheckedMx(name, this.signal))
  }

  /** Addresses of one family. */
  async addresses(name: string, family: 4 | 6): Promise<Answer<string>> {
    return this.#spent() ?? (await this.#dns.addresses(name, family, this.signal))
  }

  /** Text records, the strings of each joined. */
  async txt(name: string): Promise<Answer<string>> {
    return this.#spent() ?? (await this.#dns.txt(name, this.signal))
  }

  /** Names of an address. */
  async ptr(address: string): Promise<Answer<string>> {
    return this.#spent() ?? (await this.#dns.ptr(address, this.signal))
  }

  /** Certificates to expect. */
  async tlsa(name: string): Promise<Answer<Tlsa>> {
    return this.#spent() ?? (await this.#dns.tlsa(name, this.signal))
  }

  /** Places of a service. */
  async srv(name: string): Promise<Answer<Srv>> {
    return this.#spent() ?? (await this.#dns.srv(name, this.signal))
  }

  /** The alias itself, not followed. */
  async cname(name: string): Promise<Answer<string>> {
    return this.#spent() ?? (await this.#dns.cname(name, this.signal))
  }

  /** Who may issue certificates for this very name. */
  async caa(name: string): Promise<Answer<Caa>> {
    return this.#spent() ?? (await this.#dns.caa(name, this.signal))
  }

  /** Both families. `failed` when one is unknown and the other has nothing. */
  async allAddresses(name: string): Promise<Answer<string>> {
    const [v4, v6] = await Promise.all([this.addresses(name, 4), this.addresses(name, 6)])
    if (v4.kind === 'found' && v6.kind === 'found') return { ...v4, records: [...v4.records, ...v6.records], authentic: v4.authentic && v6.authentic }
    if (v4.kind === 'found') return v4
    if (v6.kind === 'found') return v6
    return v4.kind === 'failed' ? v4 : v6
  }

  #spent(): Failed | null {
    if (this.#left <= 0) return { kind: 'failed', why: 'overloaded', detail: 'too many questions to DNS would be needed' }
    this.#left--
    return null
  }
}
