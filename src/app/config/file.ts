import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { z } from 'zod'
import { fail, ok, type Result } from '../../base/result.ts'
import { type Config, type ListenerConfig, USUAL_LIMITS } from './config.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const SIZES: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** A time such as "30s" or "5d", in milliseconds. */
const duration = (usual: string) =>
  z
    .string()
    .regex(/^\d{1,9}(?:ms|s|m|h|d)$/, { error: 'want a duration such as "30s" or "5d"' })
    .default(usual)
    .transform((text) => Number.parseInt(text, 10) * (UNITS[/[a-z]+$/.exec(text)?.[0] ?? 's'] ?? 1_000))

/** A size such as "32KiB" or "50MiB", in bytes. */
const size = (usual: string) =>
  z
    .string()
    .regex(/^\d{1,9}(?:KiB|MiB|GiB)$/, { error: 'want a size such as "32KiB" or "50MiB"' })
    .default(usual)
    .transform((text) => Number.parseInt(text, 10) * (SIZES[text.slice(-3)] ?? 1))

const listener = z.strictObject({
  protocol: z.enum(['smtp', 'submission', 'lmtp', 'imap', 'pop3', 'http']).describe('What is spoken there.'),
  address: z.string().default('::').describe('The address to listen on; "::" is all of them.'),
  port: z.int().min(1).max(65_535).describe('The port.'),
  security: z.enum(['none', 'starttls', 'implicit']).describe('"implicit" begins with TLS, "starttls" offers it, "none" has none.'),
})

/** Every setting: its type, default, limit, and the sentence of its manual. */
export const settings = z.strictObject({
  hostname: z
    .string()
    .regex(/^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*$/, { error: 'want a host name such as "mx.example.org"' })
    .describe('The name of this server, as its address resolves to: in banners and Received fields.'),
  data: z.string().default('data').describe('Where mail, rows and logs are kept; relative to this file.'),
  workers: z.int().min(1).max(256).default(availableParallelism()).describe('Threads that serve connections; one for each core.'),
  drain: duration('30s').describe('How long a stop waits for messages under way.'),
  proxies: z.array(z.string()).default([]).describe('Networks (CIDR) whose connections begin with PROXY v2.'),
  database: z
    .strictObject({
      kind: z.enum(['sqlite', 'postgres']).default('sqlite').describe('"sqlite" needs nothing else; "postgres" is for several machines.'),
      url: z.string().regex(/^postgres(?:ql)?:\/\//, { error: 'want an address such as "postgres://user@host/merpati"' }).optional().describe('Where PostgreSQL is.'),
    })
    .refine(({ kind, url }) => kind === 'sqlite' || url !== undefined, { error: 'want the address of a database, because kind is "postgres"', path: ['url'] })
    .prefault({}),
  tls: z
    .strictObject({
      certificate: z.string().describe('The certificate chain, PEM; relative to this file.'),
      key: z.string().describe('Its private key, PEM; relative to this file.'),
    })
    .optional(),
  limits: z
    .strictObject({
      message: size('50MiB').describe('The largest message taken.'),
      inline: size('32KiB').describe('Messages up to this lie in the database, larger ones in segments.'),
      connections: z.int().min(10).max(1_000_000).default(USUAL_LIMITS.connections).describe('Open connections, all listeners together.'),
      connections_per_client: z.int().min(1).max(100_000).default(USUAL_LIMITS.connectionsPerClient).describe('Open connections of one client.'),
    })
    .prefault({}),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('"debug" writes addresses down.') }).prefault({}),
  listen: z.array(listener).min(1, { error: 'want at least one listener' }),
})

/** Reads a configuration file. A fault is one line: the file, the key, what is wrong, what is allowed. */
export function readConfig(path: string): Result<Config, string> {
  if (!existsSync(path)) return fail(`${path}: there is no such file: "merpati demo" needs none, and docs/operate.md shows one`)
  const parsed = parseToml(path)
  if (!parsed.ok) return parsed
  const checked = settings.safeParse(parsed.value)
  if (!checked.success) return fail(`${path}: ${faultIn(checked.error, parsed.value)}`)
  return ok(configOf(checked.data, dirname(resolve(path))))
}

function parseToml(path: string): Result<unknown, string> {
  try {
    return ok(parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (error instanceof TomlError) return fail(`${path}:${error.line}:${error.column}: ${error.message.split('\n')[0]}`)
    throw error
  }
}

function faultIn(error: z.ZodError, given: unknown): string {
  const [issue] = error.issues
  if (issue === undefined) return 'not understood'
  if (issue.code === 'unrecognized_keys') return `${[...issue.path, issue.keys[0]].join('.')}: there is no such setting`
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], given)
  const got = value === undefined ? 'it is missing' : `got ${JSON.stringify(value)}`
  return `${issue.path.join('.')}: ${issue.message}, ${got}`
}

function configOf(read: z.infer<typeof settings>, folder: string): Config {
  const { limits, database, tls } = read
  return {
    mode: 'production',
    hostname: read.hostname,
    dataDir: resolve(folder, read.data),
    database: database.kind === 'postgres' && database.url !== undefined ? { kind: 'postgres', url: database.url } : { kind: 'sqlite' },
    workers: process.platform === 'linux' ? read.workers : 1,
    listeners: read.listen satisfies readonly ListenerConfig[],
    tls: tls === undefined ? null : { certificate: resolve(folder, tls.certificate), key: resolve(folder, tls.key) },
    proxies: read.proxies,
    limits: {
      maxMessageBytes: limits.message,
      inlineBytes: limits.inline,
      connections: limits.connections,
      connectionsPerClient: limits.connections_per_client,
    },
    logLevel: read.log.level,
    drainMs: read.drain,
    outbound: 'queued',
  }
}
