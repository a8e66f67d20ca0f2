import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { fail, ok, type Result } from '../../base/result.ts'
import { USUAL_CAPS } from '../../core/filter/outbound/limits.ts'
import { USUAL_DAYS } from '../../core/retention/terms.ts'
import { USUAL_RATES } from '../../infra/http/api/rate.ts'
import { type Config, type ListenerConfig, type OutboundConfig, USUAL_LIMITS } from './config.ts'
import { endpointOf } from './endpoint.ts'
import { USUAL_CHECKS } from './filter-settings.ts'

/** The environment, as far as it decides anything. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What a variable says; undefined when it is not set, or empty as scripts leave it. */
export function said(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name]
}

/** Where the demo listens, and nowhere else: its passwords are known to everybody. */
const LOOPBACK = '127.0.0.1'

/** In the demo this machine is as good as the Internet. */
const LOOPBACK_NETWORKS = ['127.0.0.0/8', '::1/128']

/** Standard ports; the offset is added to each. */
const LISTENERS: readonly Omit<ListenerConfig, 'address'>[] = [
  { protocol: 'smtp', port: 25, security: 'starttls' },
  { protocol: 'submission', port: 587, security: 'starttls' },
  { protocol: 'submission', port: 465, security: 'implicit' },
  { protocol: 'lmtp', port: 24, security: 'none' },
  { protocol: 'imap', port: 143, security: 'starttls' },
  { protocol: 'imap', port: 993, security: 'implicit' },
  { protocol: 'pop3', port: 110, security: 'starttls' },
  { protocol: 'pop3', port: 995, security: 'implicit' },
  { protocol: 'http', port: 80, security: 'none' },
  { protocol: 'http', port: 443, security: 'implicit' },
]

const USUAL_OFFSET = 1000
const MAX_OFFSET = 64_000

/** What the command line of the demo says. */
export interface DemoFlags {
  readonly relay?: string
  readonly resolver?: string
}

/** The demo's decisions, from the environment and its flags: no file, no root, no DNS. Or one line that says what is wrong. */
export function demoConfig(env: Environment, flags: DemoFlags = {}): Result<Config, string> {
  const asked = said(env, 'MERPATI_PORT_OFFSET') ?? String(USUAL_OFFSET)
  const offset = /^\d{1,5}$/.test(asked) ? Number(asked) : Number.NaN
  if (!(offset <= MAX_OFFSET)) return fail(`MERPATI_PORT_OFFSET: want a whole number from 0 to ${MAX_OFFSET}, got "${asked}"`)
  const database = databaseFrom(env)
  if (!database.ok) return database
  const outbound = outboundFrom(env, flags)
  if (!outbound.ok) return outbound
  const sending = said(env, 'MERPATI_SENDING') ?? 'free'
  if (sending !== 'free' && sending !== 'watched') return fail(`MERPATI_SENDING: want "free" or "watched", got "${sending}"`)
  const dataDir = resolve(said(env, 'MERPATI_DATA') ?? 'data')
  return ok({
    mode: 'demo',
    hostname: 'mx.merpati.test',
    dataDir,
    database: database.value,
    workers: process.platform === 'linux' ? Math.max(1, availableParallelism()) : 1, // `reusePort` spreads connections on Linux only.
    listeners: LISTENERS.map((listener) => ({ ...listener, address: LOOPBACK, port: listener.port + offset })),
    tls: { certificate: `${dataDir}/tls/certificate.pem`, key: `${dataDir}/tls/key.pem` },
    certificates: [],
    acme: null,
    proxies: [],
    limits: USUAL_LIMITS,
    api: USUAL_RATES,
    newAccountQuotaBytes: null,
    collector: collectorFrom(env),
    timeServer: null,
    logLevel: 'info',
    drainMs: 30_000,
    outbound: outbound.value,
    checks: USUAL_CHECKS,
    scanners: { clamav: null, rspamd: null, milters: [] },
    submission: sending === 'watched' ? { caps: USUAL_CAPS, watch: 'on' } : { caps: null, watch: 'off' },
    reports: { from: null, name: 'Merpati', receive: ['postmaster@merpati.test'] },
    webhooks: { allowed: LOOPBACK_NETWORKS, plain: 'allowed' },
    keep: USUAL_DAYS,
    track: { host: 'localhost', origin: `https://localhost:${443 + offset}` },
    login: { ...loginAt(offset), oidc: providersFrom(env) },
  })
}

/** Browsers take `localhost` for as safe as HTTPS. */
function loginAt(offset: number): Omit<Config['login'], 'oidc'> {
  const origins = ['localhost', '127.0.0.1'].flatMap((host) => [`http://${host}:${80 + offset}`, `https://${host}:${443 + offset}`])
  return { host: 'localhost', origin: `http://localhost:${80 + offset}`, origins, cookies: 'plain', proxies: [], from: 'merpati@merpati.test', signup: 'on' }
}

/** Tests have a collector of their own on this machine. */
function collectorFrom(env: Environment): Config['collector'] {
  const url = said(env, 'MERPATI_OTLP')
  return url === undefined ? null : { url, headers: {} }
}

/** Tests have a provider of their own on this machine. */
function providersFrom(env: Environment): Config['login']['oidc'] {
  const [name, issuer, clientId, clientSecret = null] = said(env, 'MERPATI_OIDC')?.split(' ') ?? []
  return name === undefined || issuer === undefined || clientId === undefined ? [] : [{ name, issuer, clientId, clientSecret, plain: 'allowed' }]
}

/** MERPATI_DATABASE chooses; `postgres` needs to know where. */
export function databaseFrom(env: Environment): Result<Config['database'], string> {
  const kind = said(env, 'MERPATI_DATABASE') ?? 'sqlite'
  if (kind === 'sqlite') return ok({ kind })
  if (kind !== 'postgres') return fail(`MERPATI_DATABASE: want "sqlite" or "postgres", got "${kind}"`)
  const url = env['MERPATI_DATABASE_URL']
  if (url === undefined || !/^postgres(?:ql)?:\/\//.test(url)) {
    return fail('MERPATI_DATABASE_URL: want the address of a PostgreSQL database, such as "postgres://user@host/merpati", because MERPATI_DATABASE is "postgres"')
  }
  return ok({ kind, url })
}

/** Captured, unless a flag points at something real; then loopback is as good as the Internet. */
function outboundFrom(env: Environment, flags: DemoFlags): Result<OutboundConfig, string> {
  const relay = flags.relay === undefined ? null : endpointOf(flags.relay)
  if (relay?.ok === false) return fail(`--relay: ${relay.error}`)
  const resolver = flags.resolver === undefined ? null : endpointOf(flags.resolver)
  if (resolver?.ok === false) return fail(`--resolver: ${resolver.error}`)
  const resolverAddress = resolver?.value ?? null
  if (resolverAddress !== null && isIP(resolverAddress.host) === 0) return fail(`--resolver: want an IP address and a port such as "127.0.0.1:53", got "${flags.resolver}"`)
  const port = portFrom(env, 'MERPATI_MX_PORT', 25)
  if (!port.ok) return port
  const policyPort = portFrom(env, 'MERPATI_POLICY_PORT', 443)
  if (!policyPort.ok) return policyPort
  return ok({
    mode: relay === null && resolver === null ? 'captured' : 'sent',
    relay: relay === null ? null : { ...relay.value, security: 'opportunistic', login: null },
    resolvers: resolverAddress === null ? 'built-in' : [{ address: resolverAddress.host, port: resolverAddress.port }],
    ...validationFrom(env),
    port: port.value,
    policyPort: policyPort.value,
    tls: {},
    ownNames: [],
    ownAddresses: [],
    allowed: LOOPBACK_NETWORKS,
    connections: 20,
    bulkFrom: 'sound',
    sendingSinceMs: null,
  })
}

/** Tests have servers on ports that nobody needs to be root for. */
function portFrom(env: Environment, name: string, usual: number): Result<number, string> {
  const port = said(env, name) ?? String(usual)
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return fail(`${name}: want a port from 1 to 65535, got "${port}"`)
  return ok(Number(port))
}

/** Tests have a DNS server that plays one that validates, with names of its own. */
function validationFrom(env: Environment): Pick<OutboundConfig, 'validating' | 'testNames'> {
  const [signed, broken] = said(env, 'MERPATI_RESOLVER_VALIDATING')?.split(' ') ?? []
  return signed === undefined || broken === undefined ? { validating: 'no', testNames: null } : { validating: 'on-loopback', testNames: { signed, broken } }
}
