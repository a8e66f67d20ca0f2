import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { parseAddress } from '../../proto/mail/address.ts'
import { USUAL_RATES } from '../../infra/http/api/rate.ts'
import { USUAL_LIMITS } from './config.ts'
import { endpointOf } from './endpoint.ts'
import { filterSettings } from './filter-settings.ts'
import { network } from './network.ts'
import { observeSettings } from './observe-settings.ts'
import { retentionSettings } from './retention-settings.ts'
import { submissionSettings } from './submission-settings.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const SIZES: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** A time such as "30s" or "5d", in milliseconds. */
const duration = (usual: string) =>
  z
    .string()
    .regex(/^\d{1,9}(?:ms|s|m|h|d)$/, { error: 'want a duration such as "30s" or "5d"' })
    .default(usual)
    .transform((text) => Number.parseInt(text, 10) * (UNITS[/[a-z]+$/.exec(text)?.[0] ?? 's'] ?? 1_000))

const bytesIn = (text: string): number => Number.parseInt(text, 10) * (SIZES[text.slice(-3)] ?? 1)

/** A size such as "32KiB" or "50MiB", in bytes, not over `most`. */
const size = (usual: string, most: string) =>
  z
    .string()
    .regex(/^\d{1,9}(?:KiB|MiB|GiB)$/, { error: 'want a size such as "32KiB" or "50MiB"' })
    .refine((text) => bytesIn(text) <= bytesIn(most), { error: `want at most "${most}"` })
    .default(usual)
    .transform(bytesIn)

const address = z.string().refine((text) => isIP(text) !== 0, { error: 'want an IP address such as "::" or "192.0.2.1"' })

/** A domain, all below one, or all there are. */
const pattern = z.string().regex(/^(?:\*|(?:\*\.)?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*)$/, { error: 'want a domain such as "far.example", "*.far.example" or "*"' })

/** A server such as "mail.example.org:587". */
const endpoint = z.string().transform((text, context) => {
  const read = endpointOf(text)
  if (read.ok) return read.value
  context.addIssue({ code: 'custom', message: 'want a host and a port such as "mail.example.org:587"' })
  return z.NEVER
})

const mailbox = z.string().refine((text) => parseAddress(text).ok, { error: 'want an address such as "dmarc@example.org"' })

const resolver = endpoint
  .refine(({ host }) => isIP(host) !== 0, { error: 'want an IP address and a port such as "127.0.0.1:53"' })
  .transform(({ host, port }) => ({ address: host, port }))

const hostName = (what: string) => z.string().regex(/^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*$/, { error: `want a host name such as "${what}"` })

const listener = z.strictObject({
  protocol: z.enum(['smtp', 'submission', 'lmtp', 'imap', 'pop3', 'http']).describe('What is spoken there.'),
  address: address.default('::').describe('The address to listen on; "::" is all of them.'),
  port: z.int().min(1).max(65_535).describe('The port.'),
  security: z.enum(['none', 'starttls', 'implicit']).describe('"implicit" begins with TLS, "starttls" offers it, "none" has none.'),
})

/** The standard ports, all over TLS; HTTP (health and metrics) for this machine only. */
const USUAL_LISTENERS: z.input<typeof listener>[] = [
  { protocol: 'smtp', port: 25, security: 'starttls' },
  { protocol: 'submission', port: 587, security: 'starttls' },
  { protocol: 'submission', port: 465, security: 'implicit' },
  { protocol: 'imap', port: 143, security: 'starttls' },
  { protocol: 'imap', port: 993, security: 'implicit' },
  { protocol: 'pop3', port: 110, security: 'starttls' },
  { protocol: 'pop3', port: 995, security: 'implicit' },
  { protocol: 'http', address: '127.0.0.1', port: 8080, security: 'none' },
]

/** Every setting: its type, default, limit, and the sentence of its manual. */
export const settings = z.strictObject({
  hostname: hostName('mx.example.org').describe('The name of this server, as its address resolves to: in banners and Received fields.'),
  data: z.string().min(1).default('data').describe('Where mail, rows and logs are kept; relative to this file.'),
  workers: z.int().min(1).max(256).default(availableParallelism()).describe('Threads that serve connections; one for each core when not said.'),
  drain: duration('30s').describe('How long a stop waits for messages under way.'),
  proxies: z.array(network).default([]).describe('Networks whose connections begin with PROXY v2.'),
  database: z
    .strictObject({
      kind: z.enum(['sqlite', 'postgres']).default('sqlite').describe('"sqlite" needs nothing else; "postgres" is for several machines.'),
      url: z.string().regex(/^postgres(?:ql)?:\/\//, { error: 'want an address such as "postgres://user@host/merpati"' }).optional().describe('Where PostgreSQL is.'),
    })
    .refine(({ kind, url }) => kind === 'sqlite' || url !== undefined, { error: 'want the address of a database, because kind is "postgres"', path: ['url'] })
    .prefault({})
    .describe('Where rows are kept. MERPATI_DATABASE and MERPATI_DATABASE_URL in the environment go before this.'),
  tls: z
    .strictObject({
      certificate: z.string().min(1).describe('The certificate chain, PEM; relative to this file.'),
      key: z.string().min(1).describe('Its private key, PEM; relative to this file.'),
    })
    .optional()
    .describe('The certificate of every listener that has TLS, and of clients that ask for a name that no other has. Replaced files are noticed within a minute.'),
  acme: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Whether certificates are got from an authority, by ACME.'),
      directory: z.url({ protocol: /^https$/, error: 'want an https address such as "https://acme-v02.api.letsencrypt.org/directory"' }).default('https://acme-v02.api.letsencrypt.org/directory').describe('The directory of the authority.'),
      agree_tos: z.boolean().default(false).describe('Whether you agree to the terms of service of the authority: it wants that.'),
      contact: z.array(z.email({ error: 'want an address such as "postmaster@example.org"' })).max(10).default([]).describe('Addresses that the authority may write to.'),
      names: z.array(hostName('mx.example.org')).max(100).default([]).describe('The host names of the certificate; the hostname when none are named.'),
      hosted_names: z.boolean().default(false).describe('Whether mta-sts, autoconfig and autodiscover of each domain here get certificates, too, where they lead to this server.'),
      key_type: z.enum(['p256', 'p384', 'rsa2048', 'rsa4096']).default('p256').describe('The kind of the private key.'),
      challenges: z.array(z.enum(['http-01', 'tls-alpn-01'])).min(1, { error: 'want at least one challenge' }).max(2).default(['http-01', 'tls-alpn-01']).describe('How names are shown to be ours, best first: "http-01" needs port 80 of the Internet to lead to a plain http listener, "tls-alpn-01" port 443 to one with TLS.'),
      eab_key_id: z.string().min(1).optional().describe('The name of your account, for authorities that want one (external account binding).'),
      eab_key_file: z.string().min(1).optional().describe('A file with its MAC key, base64url; relative to this file.'),
      roots: z.string().min(1).optional().describe('A file with the roots that the directory is trusted by, PEM, for an authority of your own; relative to this file.'),
    })
    .prefault({})
    .describe('Certificates from an authority. Those of [tls] and [[certificate]] go before them.'),
  limits: z
    .strictObject({
      message: size('50MiB', '1GiB').describe('The largest message taken.'),
      inline: size('32KiB', '1MiB').describe('Messages up to this lie in the database, larger ones in segments.'),
      free: size('256MiB', '1024GiB').describe('Disk space that stays free, at most a fiftieth of the disk: below it new mail is put off with 452.'),
      connections: z.int().min(10).max(1_000_000).default(USUAL_LIMITS.connections).describe('Open connections of all listeners for mail together, and as many of HTTP.'),
      connections_per_client: z.int().min(1).max(100_000).default(USUAL_LIMITS.connectionsPerClient).describe('Open connections of one client, for mail and over HTTP each; proxies that [login] names may have more.'),
    })
    .prefault({})
    .describe('Sizes and counts, for the whole process.'),
  api: z
    .strictObject({
      requests_per_second: z.int().min(1).max(100_000).default(USUAL_RATES.requestsPerSecond).describe('Requests of one key or person, beside those that send; of an organization with all its keys twice as many. Ten seconds of it may come at once.'),
      sends_per_second: z.int().min(1).max(100_000).default(USUAL_RATES.sendsPerSecond).describe('The same for requests that send; a batch is one.'),
    })
    .prefault({})
    .describe('How often /v1 may be asked, on each node.'),
  accounts: z
    .strictObject({
      quota: z
        .string()
        .regex(/^(?:none|\d{1,9}(?:MiB|GiB))$/, { error: 'want "none" or a size such as "500MiB" or "10GiB"' })
        .default('none')
        .transform((text) => (text === 'none' ? null : bytesIn(text)))
        .describe('How much live mail a new account may keep, when "merpati account add" does not say; "none" for no limit.'),
    })
    .prefault({})
    .describe('What new accounts begin with.'),
  outbound: z
    .strictObject({
      relay: endpoint.optional().describe('A server that takes all mail to other domains and sends it on; without it, mail goes to the servers of each domain.'),
      relay_security: z
        .enum(['verified', 'implicit', 'opportunistic'])
        .default('verified')
        .describe('"verified" wants STARTTLS with a trusted certificate, "implicit" begins with TLS, "opportunistic" takes TLS if there is any.'),
      relay_user: z.string().min(1).optional().describe('Who logs in at the relay.'),
      relay_password_file: z.string().min(1).optional().describe('A file with the password, alone; relative to this file.'),
      resolvers: z.array(resolver).default([]).describe('DNS servers to ask, such as "127.0.0.1:53"; those of /etc/resolv.conf when none are named.'),
      validating: z
        .enum(['no', 'on-loopback', 'over-trusted-path'])
        .default('no')
        .describe('Whether the DNS servers validate DNSSEC, and run on this host or are reached over a path that nobody else can write to. It is tested; without it there is no DANE.'),
      allowed: z.array(network).default([]).describe('Private networks that mail may be sent to; others are never connected to, whatever DNS says.'),
      tls: z
        .record(pattern, z.enum(['require', 'require+verify', 'disable', 'opportunistic'], { error: 'want "require", "require+verify", "disable" or "opportunistic"' }))
        .default({})
        .describe('What TLS servers of a domain must give: "far.example", "*.far.example" for all below it, "*" for all. "require" takes any certificate, "require+verify" a trusted one.'),
      own_names: z.array(z.string().regex(/^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/, { error: 'want a host name such as "mx2.example.org"' })).default([]).describe('Other names by which MX records may call this server, beside its hostname: mail is never sent to itself.'),
      own_addresses: z.array(z.string().refine((text) => isIP(text) !== 0, { error: 'want an IP address such as "192.0.2.1"' })).default([]).describe('Addresses that the Internet finds this server at and its machine does not know: those of a NAT.'),
      relay_connections: z.int().min(1).max(1_000).default(20).describe('Connections to the relay at a time.'),
      bulk_from: z
        .enum(['sound', 'any'])
        .default('sound')
        .describe('"sound": what goes to many waits while the domain of its author fails checks that large receivers refuse it for (SPF, DKIM, DMARC, PTR and others); "any": it goes all the same.'),
      sending_since: z.iso.date({ error: 'want a date such as "2026-01-31"' }).optional().describe('When the address of this server began to send mail: after 30 days it may send faster. Without it the address counts as new.'),
    })
    .prefault({})
    .describe('How mail to other domains leaves.'),
  submission: submissionSettings.prefault({}).describe('How much accounts may send. Programs that send more need larger numbers here.'),
  filter: filterSettings.prefault({}).describe('Scanners outside of this program that look at mail.'),
  reports: z
    .strictObject({
      from: mailbox.optional().describe('Where daily reports on DMARC and TLS to owners of other domains come from: an address of a domain that is hosted here. Without it none are sent.'),
      name: z.string().min(1).max(100).optional().describe('Who reports, as people know you; the hostname when not said.'),
      receive: z.array(mailbox).default([]).describe('Addresses here that your own domains name in their rua: what comes there is read, and shown by "merpati report".'),
    })
    .prefault({})
    .describe('Reports on DMARC (RFC 9990) and TLS (RFC 8460).'),
  retention: retentionSettings.prefault({}).describe('For how long things are kept, in whole days. Organizations may choose less; "merpati retention allow" lets one have more.'),
  webhooks: z
    .strictObject({ allowed: z.array(network).default([]).describe('Private networks that webhooks may lead to, and files of messages may be fetched from; others outside of the Internet are never connected to, whatever DNS says.') })
    .prefault({})
    .describe('Programs that are told of events.'),
  track: z
    .strictObject({ host: hostName('links.example.org').optional().describe('The name in the links of tracked mail and of one-click unsubscription; the hostname when not said. Port 443 of it leads to an http listener with TLS, or to a proxy before one.') })
    .prefault({})
    .describe('What tells whether mail of programs was opened and followed, and how its readers unsubscribe.'),
  login: z
    .strictObject({
      host: hostName('mail.example.org').optional().describe('The name under which browsers reach the http listener, over HTTPS; the hostname when not said. Whoever logs in there is known under it.'),
      proxies: z.array(network).default([]).describe('Networks of proxies before the http listener: they put for whom they ask last into X-Forwarded-For. Wrong passwords are counted by network, so without it all people behind a proxy come from one.'),
      from: mailbox.optional().describe('Who writes to people that sign up or have lost a password: an address of a domain that is hosted here. Without it nobody gets a password back by himself.'),
      signup: z.enum(['off', 'on']).default('off').describe('Whether strangers may sign up and get an organization on trial.'),
    })
    .refine(({ signup, from }) => signup === 'off' || from !== undefined, { error: 'want an address, because signup is "on"', path: ['from'] })
    .prefault({})
    .describe('How people log in over HTTP.'),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('"debug" writes addresses down.') })
    .prefault({})
    .describe('What is written to log/ in the data directory.'),
  observe: observeSettings.prefault({}).describe('Who is told what happens here, beside /metrics.'),
  oidc: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9-]{1,30}$/, { error: 'want a short name such as "google"' }).describe('Its name in addresses here: people come back to https://HOST/oidc/NAME.'),
        issuer: z.url({ protocol: /^https$/, error: 'want an https address such as "https://accounts.google.com"' }).describe('Its address, as its description and its tokens say it.'),
        client_id: z.string().min(1).describe('What it calls this server.'),
        client_secret_file: z.string().min(1).optional().describe('A file with the secret it gave, alone; relative to this file. Without it PKCE alone is shown.'),
      }),
    )
    .max(10)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, { error: 'want each name once' })
    .default([])
    .describe('Others who say who somebody is (OpenID Connect), one [[oidc]] each. Their word on verified addresses logs people in here: name only whom you trust with that.'),
  certificate: z
    .array(
      z.strictObject({
        certificate: z.string().min(1).describe('The certificate chain, PEM; relative to this file.'),
        key: z.string().min(1).describe('Its private key, PEM; relative to this file.'),
        names: z.array(z.string().regex(/^(?:\*\.)?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*$/, { error: 'want a host name such as "mail.example.org" or "*.example.org"' })).min(1, { error: 'want at least one name' }).optional().describe('The names it is for; those that stand in it when not said.'),
      }),
    )
    .max(1_000)
    .default([])
    .describe('More certificates, one [[certificate]] each, chosen by the name that a client asks for.'),
  listen: z
    .array(listener)
    .min(1, { error: 'want at least one listener' })
    .prefault(USUAL_LISTENERS)
    .describe('Where to listen, one [[listen]] each. Whoever names one names all: these are the usual ones.'),
})

/** The settings as a file may say them: units in words, everything with a default optional. */
export type SettingsInput = z.input<typeof settings>

/** The settings as they were understood. */
export type Settings = z.output<typeof settings>
