/** A way in for mail programs, by its name in SRV records: RFC 6186 §3, RFC 8314 §5.1, RFC 8620 §2.2. */
export type ServiceName = 'submissions' | 'submission' | 'imaps' | 'imap' | 'pop3s' | 'pop3' | 'jmap'

/** A service that is offered to the world, and where. */
export interface OfferedService {
  readonly name: ServiceName
  readonly port: number
}

/** An address of ours. */
export interface OurAddress {
  readonly address: string
  /** Where its PTR record stands: `1.2.0.192.in-addr.arpa`. */
  readonly reverse: string
}

/** An address that mail leaves from, and what is said in EHLO there. */
export interface SendingAddress extends OurAddress {
  readonly ehlo: string
}

/** The certificate that our listeners show. */
export interface OurCertificate {
  /** DER, our own first. */
  readonly chain: readonly Uint8Array[]
  /** Its DNS names, lower-case; the first label may be `*`. */
  readonly names: readonly string[]
  /** SHA-256 of its public key in hexadecimal: what a TLSA record `3 1 1` holds. RFC 6698 §2.1. */
  readonly keyDigest: string
  /** Whether a renewal keeps the key. A TLSA record of one that does not would soon turn senders with DANE away. RFC 7671 §8.1. */
  readonly isKeyKept: boolean
  readonly untilMs: number
  /** An authority that everybody knows vouches for it. */
  readonly trusted: boolean
}

/** What is known of this system without asking anybody: what the records of a hosted domain are made of. */
export interface House {
  readonly hostname: string
  /** Other names of this system in MX records. */
  readonly otherNames: readonly string[]
  /** Where the world finds us. Empty when we do not know: behind a NAT that nobody told us of. */
  readonly addresses: readonly OurAddress[]
  /** Where mail leaves from; at least `addresses`, when we know them. */
  readonly sending: readonly SendingAddress[]
  /** Address families that our MX listens on. */
  readonly families: readonly (4 | 6)[]
  readonly services: readonly OfferedService[]
  /** Null when nothing answers HTTPS here: then somebody in front of us must serve the MTA-STS policy and autoconfig. */
  readonly httpsPort: number | null
  /** The name in links of mail and of one-click unsubscription. */
  readonly linkHost: string
  readonly certificate: OurCertificate | null
  /** Digests of keys that certificates will have next. */
  readonly nextKeyDigests: readonly string[]
  /** The name by which CAA records know the authority of our certificates, such as `letsencrypt.org`; null when nobody said. */
  readonly authority: string | null
  /** Local part that reports on DMARC and TLS are sent to, at each domain. */
  readonly reportsTo: string
}

/** Whether a host of an MX record is one of ours by its name. */
export function isOurName(house: House, host: string): boolean {
  return host === house.hostname || house.otherNames.includes(host)
}
