import { type Command, Option } from 'commander'
import { readFileSync } from 'node:fs'
import { allTransports, putTransport, removeTransport } from '../../../core/outbound/sql-transport.ts'
import { type Transport, TRANSPORT_PATTERN } from '../../../core/outbound/transport.ts'
import type { Database } from '../../../infra/db/database.ts'
import { endpointOf } from '../../config/endpoint.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface TransportOptions extends ToolOptions {
  readonly relay?: readonly string[]
  readonly lmtp?: true
  readonly security: 'verified' | 'implicit' | 'opportunistic'
  readonly user?: string
  readonly passwordFile?: string
  readonly direct?: true
  readonly refuse?: string
}

/** `merpati transport`: where mail for domains goes when MX records do not say it. */
export function addTransport(program: Command): void {
  const group = program.command('transport').description('where mail for a domain goes when its MX records do not say it')
  onData(group.command('set <pattern>'))
    .description('say where mail goes for "far.example", "*.far.example" (all below it) or "*" (all); the most exact one counts')
    .option('--relay <host:port...>', 'to these servers, best first')
    .option('--lmtp', 'they speak LMTP')
    .addOption(new Option('--security <how>', 'TLS with them').choices(['verified', 'implicit', 'opportunistic']).default('verified'))
    .option('--user <name>', 'who logs in there')
    .option('--password-file <path>', 'a file with the password, alone')
    .option('--direct', 'by MX records, though all other mail goes to a relay')
    .option('--refuse <words>', 'nowhere: it fails at once with these words')
    .action((pattern: string, options: TransportOptions) => withData(options, (db) => put(db, pattern.toLowerCase(), options)))
  onData(group.command('list', { isDefault: true }))
    .description('list what is said; passwords are not shown')
    .action((options: ToolOptions) =>
      withData(options, async (db) => sayRows(Object.entries(await allTransports(db)).map(([pattern, transport]) => ({ pattern, ...shown(transport) })), options, 'mail goes by MX records')),
    )
  onData(group.command('remove <pattern>'))
    .description('leave it to the usual way')
    .action((pattern: string, options: ToolOptions) =>
      withData(options, async (db) => {
        if (!(await db.write(removeTransport, { pattern: pattern.toLowerCase() }))) return complain(`nothing is said of ${pattern}: "merpati transport list" shows what is`, EXIT.failed)
        sayOne({ pattern }, `mail for ${pattern} goes the usual way; senders hear of it within seconds`, options)
      }),
    )
}

async function put(db: Database, pattern: string, options: TransportOptions): Promise<void> {
  if (!TRANSPORT_PATTERN.test(pattern)) return complain(`${pattern} is no domain, nor "*.domain" or "*"`)
  const transport = transportOf(options)
  if (typeof transport === 'string') return complain(transport)
  await db.write(putTransport, { pattern, transport })
  sayOne({ pattern, ...shown(transport) }, `mail for ${pattern}: ${Object.values(shown(transport)).filter((word) => word !== null).join(' ')}; senders hear of it within seconds`, options)
}

/** What is asked for, or what is wrong with it. */
function transportOf({ relay = [], lmtp, security, user, passwordFile, direct, refuse }: TransportOptions): Transport | string {
  if ([relay.length > 0, direct === true, refuse !== undefined].filter(Boolean).length !== 1) return 'say one of --relay, --direct and --refuse'
  if (direct === true) return { kind: 'direct' }
  if (refuse !== undefined) return /^[ -~]{1,200}$/.test(refuse) ? { kind: 'refuse', text: refuse } : '--refuse: want up to 200 characters of ASCII'
  if ((user === undefined) !== (passwordFile === undefined)) return '--user and --password-file go together'
  const hosts = relay.map(endpointOf)
  const wrong = hosts.findIndex((host) => !host.ok)
  if (wrong !== -1) return `--relay: want a host and a port such as mail.example.org:587, got "${relay[wrong] ?? ''}"`
  const login = user === undefined || passwordFile === undefined ? null : { user, password: readFileSync(passwordFile, 'utf8').replace(/\r?\n$/, '') }
  return { kind: 'relay', hosts: hosts.flatMap((host) => (host.ok ? [host.value] : [])), protocol: lmtp === true ? 'lmtp' : 'smtp', security, login }
}

function shown(transport: Transport): Readonly<Record<string, string | null>> {
  if (transport.kind !== 'relay') return { to: transport.kind === 'direct' ? 'its MX records' : `refused: ${transport.text}`, protocol: null, security: null, user: null }
  const { hosts, protocol, security, login } = transport
  return { to: hosts.map(({ host, port }) => `${host}:${port}`).join(' '), protocol, security, user: login?.user ?? null }
}
