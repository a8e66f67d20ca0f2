import type { OidcProvider } from '../../core/access/oidc/provider.ts'
import type { CookieKind } from '../../core/access/session/cookie.ts'
import type { Caps } from '../../core/filter/outbound/limits.ts'
import type { InspectSettings } from '../../core/inbound/inspect/house.ts'
import type { ScannerConfig } from '../../core/filter/scan/remote.ts'
import type { ChallengeKind, KeyType } from '../../core/certificate/certificate.ts'
import type { Days } from '../../core/retention/terms.ts'
import type { OperatorTls } from '../../core/outbound/tls/port.ts'
import type { Rates } from '../../infra/http/api/rate.ts'
import type { Collector } from '../../infra/observe/spans.ts'

/** What a listener speaks. */
export type Protocol = 'smtp' | 'submission' | 'lmtp' | 'imap' | 'pop3' | 'http'

/** One address that every worker listens on. */
export interface ListenerConfig {
  readonly protocol: Protocol
  readonly address: string
  readonly port: number
  /** `implicit`: TLS from the first byte; `starttls`: the session may change to it; `none`: there is none. */
  readonly security: 'none' | 'starttls' | 'implicit'
}

/** Everything that is decided before the program starts. Plain data: it is handed to every thread. */
export interface Config {
  readonly mode: 'demo' | 'production'
  /** Our name: in banners, Received fields, Message-IDs. */
  readonly hostname: string
  readonly dataDir: string
  readonly database: { readonly kind: 'sqlite' } | { readonly kind: 'postgres'; readonly url: string }
  /** Protocol threads. */
  readonly workers: number
  readonly listeners: readonly ListenerConfig[]
  /** The certificate for clients that ask for no name, or for one that nobody has. */
  readonly tls: { readonly certificate: string; readonly key: string } | null
  /** More certificates, chosen by the name that a client asks for. */
  readonly certificates: readonly CertificateFiles[]
  /** The authority that makes certificates for us; null when there is none. */
  readonly acme: AcmeConfig | null
  /** Networks (CIDR) whose connections begin with a PROXY v2 header. */
  readonly proxies: readonly string[]
  readonly limits: Limits
  /** How often `/v1` may be asked. */
  readonly api: Rates
  /** How much live mail a new account may keep when nobody says; null for no limit. */
  readonly newAccountQuotaBytes: number | null
  /** Who collects traces; null for nobody. */
  readonly collector: Collector | null
  /** Whom our clock is compared with; null for nobody. */
  readonly timeServer: { readonly host: string; readonly port: number } | null
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  /** How long a stop waits for messages under way. */
  readonly drainMs: number
  readonly outbound: OutboundConfig
  readonly checks: ChecksConfig
  /** Scanners that look at mail. */
  readonly scanners: ScannerConfig
  readonly submission: SubmissionConfig
  readonly reports: ReportsConfig
  readonly webhooks: WebhooksConfig
  /** For how many days what is kept, where an organization has no times of its own. */
  readonly keep: Days
  readonly track: TrackConfig
  readonly login: LoginConfig
}

/** How people log in over HTTP. Nothing of it is taken from a request: names in requests are whatever somebody wrote there. */
export interface LoginConfig {
  /** The name under which browsers know us. */
  readonly host: string
  /** What begins links in mail that we write to people: `https://mail.example.org`. */
  readonly origin: string
  /** Where pages come from that may act for whoever has logged in: values of the Origin field. */
  readonly origins: readonly string[]
  /** The demo's pages come over HTTP. */
  readonly cookies: CookieKind
  /** Networks (CIDR) of proxies before the HTTP listeners, which say in X-Forwarded-For for whom they ask. */
  readonly proxies: readonly string[]
  /** Who writes to people that sign up or have lost a password: an address of a domain that is hosted here; null to write to nobody. */
  readonly from: string | null
  /** Whether strangers may sign up. */
  readonly signup: 'on' | 'off'
  /** Who else says who somebody is. */
  readonly oidc: readonly OidcProvider[]
}

/** Where links and pictures in mail of programs lead. */
export interface TrackConfig {
  /** The name in the Host field of who follows them. */
  readonly host: string
  /** What stands in the mail: `https://mail.example.org`. */
  readonly origin: string
}

/** Where webhooks may lead. */
export interface WebhooksConfig {
  /** Networks (CIDR) outside of the Internet that may be called. */
  readonly allowed: readonly string[]
  /** Whether plain HTTP will do: in the demo. */
  readonly plain: 'allowed' | 'refused'
}

/** How mail from strangers is checked. */
export interface ChecksConfig extends InspectSettings {
  readonly dnsLists: 'on' | 'off'
  /** Networks (CIDR) of our own. */
  readonly trusted: readonly string[]
}

/** How much accounts may send. */
export interface SubmissionConfig {
  /** Null for no caps: the demo, which is for trying and measuring. */
  readonly caps: Caps | null
  /** Whether accounts that somebody else seems to use are contained. */
  readonly watch: 'on' | 'off'
}

/** Reports to owners of domains, on mail in their name and on TLS, and reports that come to us. */
export interface ReportsConfig {
  /** Where ours come from: an address of a domain that is hosted here; null to send none. */
  readonly from: string | null
  /** The name people know us by. */
  readonly name: string
  /** Addresses here that reports about our domains come to, lower-case. */
  readonly receive: readonly string[]
}

/** A certificate in files. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
  /** The names it answers to; those that stand in it when null. */
  readonly names: readonly string[] | null
  /** The setting that names it: `certificate.0`. */
  readonly setting: string
}

/** Who makes certificates for us, and for which names. */
export interface AcmeConfig {
  readonly directory: string
  /** Addresses that the authority may write to. */
  readonly contact: readonly string[]
  readonly names: readonly string[]
  /** Whether hosts of the domains that we serve get certificates, too, when they lead to us. */
  readonly hosted: boolean
  readonly keyType: KeyType
  /** In the order in which they are tried. */
  readonly challenges: readonly ChallengeKind[]
  /** Our account elsewhere, for authorities that make none for strangers. */
  readonly external: { readonly keyId: string; readonly macKey: string } | null
  /** Roots that the authority's own server is trusted by, PEM; null for the usual ones. */
  readonly roots: readonly string[] | null
}

/** How mail to other domains leaves. */
export interface OutboundConfig {
  /** `captured`: it is kept and shown instead. */
  readonly mode: 'sent' | 'captured'
  /** A server that takes all of it and sends it on; null: each domain's own servers, by their MX records. */
  readonly relay: RelayConfig | null
  /** Who resolves names. `system`: as /etc/resolv.conf says; `built-in`: nobody is asked, and only names below .test exist. */
  readonly resolvers: 'system' | 'built-in' | readonly { readonly address: string; readonly port: number }[]
  /** Whether the resolvers validate DNSSEC and may be believed when they say so: without that there is no DANE. */
  readonly validating: 'no' | 'on-loopback' | 'over-trusted-path'
  /** Names that tell whether they do; null for the usual ones. Others only in tests. */
  readonly testNames: { readonly signed: string; readonly broken: string } | null
  /** Where servers listen: 25, except in tests. */
  readonly port: number
  /** Where web servers that publish MTA-STS policies listen: 443, except in tests. */
  readonly policyPort: number
  /** What TLS the operator wants for domains: `core/outbound/most-exact.ts`. */
  readonly tls: Readonly<Record<string, OperatorTls>>
  /** Other names of this system, in MX records: mail must not go to them. */
  readonly ownNames: readonly string[]
  /** Addresses of this system that its machine does not know: those of a NAT. */
  readonly ownAddresses: readonly string[]
  /** Networks (CIDR) outside of the Internet that mail may be sent to. */
  readonly allowed: readonly string[]
  /** Connections to the relay at a time; those to others are limited by what is known of them. */
  readonly connections: number
  /** Which domains may write to many: those whose checks pass, or any. */
  readonly bulkFrom: 'sound' | 'any'
  /** When this system's address began to send; null for a new one, which large providers trust less. */
  readonly sendingSinceMs: number | null
}

/** A relay, and how to log in there. */
export interface RelayConfig {
  readonly host: string
  readonly port: number
  /** `verified`: STARTTLS and a certificate that is trusted; `implicit`: TLS from the first byte, trusted too; `opportunistic`: TLS if there is any. */
  readonly security: 'verified' | 'implicit' | 'opportunistic'
  readonly login: { readonly user: string; readonly password: string } | null
}

/** Sizes and counts, for the whole process. */
export interface Limits {
  readonly maxMessageBytes: number
  /** Messages up to this lie in the database, larger ones in segments. */
  readonly inlineBytes: number
  /** Disk space that stays free: below it no new mail is taken. */
  readonly freeBytes: number
  readonly connections: number
  readonly connectionsPerClient: number
}

/** The usual sizes and counts. */
export const USUAL_LIMITS: Limits = {
  maxMessageBytes: 50 * 1024 * 1024,
  inlineBytes: 32 * 1024,
  freeBytes: 256 * 1024 * 1024,
  connections: 20_000,
  connectionsPerClient: 200,
}
