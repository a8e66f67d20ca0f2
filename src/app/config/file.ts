import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import type { z } from 'zod'
import { fail, ok, type Result } from '../../base/result.ts'
import type { ScannerConfig } from '../../core/filter/scan/remote.ts'
import { acmeOf } from './acme.ts'
import type { Config, ListenerConfig, OutboundConfig } from './config.ts'
import { databaseFrom, type Environment, said } from './demo.ts'
import { checksOf, filterTableAt } from './filter-settings.ts'
import { observeTableAt } from './observe-settings.ts'
import { type Settings, settings } from './settings.ts'
import { capsOf } from './submission-settings.ts'

/** Reads a configuration file. A fault is one line: the file, the key, what is wrong, what is allowed. */
export function readConfig(path: string, env: Environment = process.env): Result<Config, string> {
  if (!existsSync(path)) return fail(`${path}: there is no such file: "merpati init" writes one, and "merpati demo" needs none`)
  const parsed = parseToml(path)
  if (!parsed.ok) return parsed
  const checked = settings.safeParse(parsed.value, { error: wanted })
  if (!checked.success) return fail(`${path}: ${faultIn(checked.error, parsed.value)}`)
  return configOf(checked.data, dirname(resolve(path)), env)
}

function parseToml(path: string): Result<unknown, string> {
  try {
    return ok(parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (error instanceof TomlError) return fail(`${path}:${error.line}:${error.column}: ${error.message.split('\n')[0]}`)
    return fail(`${path}: it cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a table',
}

/** What is allowed, where a setting does not say it better itself. */
const wanted: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return `want ${KINDS[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `want ${issue.values.map((value) => JSON.stringify(value)).join(', ').replace(/, ([^,]*)$/, ' or $1')}`
    case 'too_small':
      return issue.origin === 'string' ? 'want something' : `want at least ${issue.minimum}`
    case 'too_big':
      return `want at most ${issue.maximum}`
    default:
      return undefined // Zod's own words.
  }
}

function faultIn(error: z.ZodError, given: unknown): string {
  const [issue] = error.issues
  if (issue === undefined) return 'not understood'
  if (issue.code === 'unrecognized_keys') {
    const { at, allowed } = tableAt(issue.path)
    return `${[...issue.path, issue.keys[0]].join('.')}: there is no such setting, ${at} has ${allowed.join(', ')}`
  }
  if (issue.code === 'invalid_key') return `${issue.path.join('.')}: ${issue.issues[0]?.message ?? issue.message}`
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], given)
  return `${issue.path.join('.')}: ${issue.message}, ${value === undefined ? 'it is missing' : `got ${JSON.stringify(value)}`}`
}

/** The table that a path leads to, and the names of its settings. */
function tableAt(path: readonly PropertyKey[]): { readonly at: string; readonly allowed: readonly string[] } {
  const [table] = path
  const { shape } = settings
  switch (table) {
    case 'database':
    case 'limits':
    case 'api':
    case 'accounts':
    case 'outbound':
    case 'submission':
    case 'reports':
    case 'retention':
    case 'webhooks':
    case 'track':
    case 'login':
    case 'acme':
    case 'log':
      return { at: `[${table}]`, allowed: Object.keys(shape[table].unwrap().shape) }
    case 'filter':
      return filterTableAt(path)
    case 'observe':
      return observeTableAt(path)
    case 'tls':
      return { at: '[tls]', allowed: Object.keys(shape.tls.unwrap().shape) }
    case 'oidc':
      return { at: '[[oidc]]', allowed: Object.keys(shape.oidc.unwrap().element.shape) }
    case 'certificate':
      return { at: '[[certificate]]', allowed: Object.keys(shape.certificate.unwrap().element.shape) }
    case 'listen':
      return { at: '[[listen]]', allowed: Object.keys(shape.listen.unwrap().element.shape) }
    default:
      return { at: 'this file', allowed: Object.keys(shape) }
  }
}

function configOf(read: Settings, folder: string, env: Environment): Result<Config, string> {
  const { limits, tls } = read
  const database = databaseOf(read, env)
  if (!database.ok) return database
  const outbound = outboundOf(read, folder)
  if (!outbound.ok) return outbound
  const acme = acmeOf(read, folder)
  if (!acme.ok) return acme
  const oidc = oidcOf(read, folder)
  if (!oidc.ok) return oidc
  return ok({
    mode: 'production',
    hostname: read.hostname,
    dataDir: resolve(folder, read.data),
    database: database.value,
    workers: process.platform === 'linux' ? read.workers : 1,
    listeners: read.listen satisfies readonly ListenerConfig[],
    tls: tls === undefined ? null : { certificate: resolve(folder, tls.certificate), key: resolve(folder, tls.key) },
    certificates: read.certificate.map(({ certificate, key, names }, i) => ({ certificate: resolve(folder, certificate), key: resolve(folder, key), names: names ?? null, setting: `certificate.${i}` })),
    acme: acme.value,
    proxies: read.proxies,
    limits: {
      maxMessageBytes: limits.message,
      inlineBytes: limits.inline,
      freeBytes: limits.free,
      connections: limits.connections,
      connectionsPerClient: limits.connections_per_client,
    },
    api: { requestsPerSecond: read.api.requests_per_second, sendsPerSecond: read.api.sends_per_second },
    newAccountQuotaBytes: read.accounts.quota,
    collector: read.observe.otlp ?? null,
    timeServer: read.observe.time_server ?? null,
    logLevel: read.log.level,
    drainMs: read.drain,
    outbound: outbound.value,
    checks: checksOf(read.filter),
    scanners: scannersOf(read),
    submission: { caps: capsOf(read.submission), watch: read.submission.watch },
    reports: { from: read.reports.from ?? null, name: read.reports.name ?? read.hostname, receive: read.reports.receive.map((text) => text.toLowerCase()) },
    webhooks: { allowed: read.webhooks.allowed, plain: 'refused' },
    keep: read.retention,
    track: trackOf(read.track.host ?? read.hostname),
    login: { ...loginOf(read), oidc: oidc.value },
  })
}

/** Mail programs unsubscribe over HTTPS only: RFC 8058 §3.1. */
function trackOf(host: string): Config['track'] {
  return { host, origin: `https://${host}` }
}

function loginOf({ login, hostname }: Settings): Omit<Config['login'], 'oidc'> {
  const host = login.host ?? hostname
  const origin = `https://${host}`
  return { host, origin, origins: [origin], cookies: 'secure', proxies: login.proxies, from: login.from ?? null, signup: login.signup }
}

function oidcOf({ oidc }: Settings, folder: string): Result<Config['login']['oidc'], string> {
  const providers: Config['login']['oidc'][number][] = []
  for (const [at, { name, issuer, client_id: clientId, client_secret_file: file }] of oidc.entries()) {
    const path = file === undefined ? null : resolve(folder, file)
    if (path !== null && !existsSync(path)) return fail(`oidc.${at}.client_secret_file: want a file that holds the secret`)
    const clientSecret = path === null ? null : readFileSync(path, 'utf8').replace(/\r?\n$/, '')
    providers.push({ name, issuer, clientId, clientSecret, plain: 'refused' })
  }
  return ok(providers)
}

function scannersOf({ filter: { clamav, rspamd, milter } }: Settings): ScannerConfig {
  return {
    clamav: clamav === undefined ? null : { address: clamav.address, onOutage: clamav.on_outage },
    rspamd: rspamd === undefined ? null : { address: rspamd.url },
    milters: milter.map(({ name, address, on_outage: onOutage }) => ({ name, address, onOutage })),
  }
}

function outboundOf({ outbound }: Settings, folder: string): Result<OutboundConfig, string> {
  const { relay, relay_security: security, relay_user: user, relay_password_file: file, resolvers, validating, allowed, tls, own_names: ownNames, own_addresses: ownAddresses, relay_connections: connections, bulk_from: bulkFrom, sending_since: since } = outbound
  const shared = { mode: 'sent', resolvers: resolvers.length === 0 ? 'system' : resolvers, validating, testNames: null, port: 25, policyPort: 443, tls, ownNames, ownAddresses, allowed, connections, bulkFrom, sendingSinceMs: since === undefined ? null : Date.parse(since) } as const
  if (relay === undefined) return ok({ ...shared, relay: null })
  if (user === undefined) return ok({ ...shared, relay: { ...relay, security, login: null } })
  const path = resolve(folder, file ?? '')
  if (file === undefined || !existsSync(path)) return fail('outbound.relay_password_file: want a file that holds the password of relay_user')
  return ok({ ...shared, relay: { ...relay, security, login: { user, password: readFileSync(path, 'utf8').replace(/\r?\n$/, '') } } })
}

/** The environment goes before the file; an address that only the file has is taken from there. */
function databaseOf({ database: { kind, url } }: Settings, env: Environment): Result<Config['database'], string> {
  if (said(env, 'MERPATI_DATABASE') !== undefined) return databaseFrom({ MERPATI_DATABASE_URL: url, ...env })
  return ok(kind === 'postgres' && url !== undefined ? { kind, url } : { kind: 'sqlite' })
}
