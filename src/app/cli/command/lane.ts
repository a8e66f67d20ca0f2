import { type Command, InvalidArgumentError } from 'commander'
import { makeId } from '../../../base/ids.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { silentLog } from '../../../base/log.ts'
import type { Routed } from '../../../core/outbound/route-of.ts'
import { explainLane } from '../../../core/outbound/sql-explain-lane.ts'
import { endStop, stopSite, suspensionsInForce } from '../../../core/pool/sql-stop.ts'
import type { Suspension } from '../../../core/pool/suspension.ts'
import type { Database } from '../../../infra/db/database.ts'
import type { Config } from '../../config/config.ts'
import { endpointOf } from '../../config/endpoint.ts'
import { builtInZone } from '../../demo/zone.ts'
import { routedTo } from '../../lane-route.ts'
import { resolverOf } from '../../names.ts'
import { overridesOf, sourceAgeDays } from '../../outbound.ts'
import { ownerOf } from '../owner.ts'
import { complain, EXIT, say, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'
import { addLaneTls } from './lane-tls.ts'

interface LaneOptions extends ToolOptions {
  readonly organization?: string
  readonly for?: number
  readonly bulk?: true
  readonly reason: string
  readonly resolver?: string
}

/** `merpati lane`: how fast mail may go where, why, and what is stopped. */
export function addLane(program: Command): void {
  const group = program.command('lane').description('how fast mail may go to a domain, why, and what is stopped')
  onDomain(group.command('explain <domain>'))
    .description('the servers of a domain, the limits that hold there, and who said so')
    .action((domain: string, options: LaneOptions) => withData(options, (db, config) => explain(db, config, domain.toLowerCase(), options)))
  onData(group.command('suspensions', { isDefault: true }))
    .description('list what is stopped, and why')
    .action((options: LaneOptions) =>
      withData(options, async (db) => sayRows((await suspensionsInForce(db, Date.now())).map(shown), options, 'nothing is suspended')),
    )
  onDomain(group.command('suspend <domain>'))
    .description('stop mail to the servers of a domain, which may serve other domains too')
    .option('--organization <name>', 'only the mail of one organization')
    .option('--bulk', 'only what goes to many')
    .option('--for <duration>', 'for how long, such as 30m, 2h or 3d; without it, until it is ended', durationOf)
    .option('--reason <text>', 'why, for whoever asks later', 'stopped by hand')
    .action((domain: string, options: LaneOptions) => withData(options, (db, config) => stop(db, config, domain.toLowerCase(), options)))
  onData(group.command('resume <id>'))
    .description('end a suspension, or what a rule has set off; "merpati queue retry" sends what waits at once')
    .action((id: string, options: LaneOptions) => withData(options, (db) => resume(db, id, options)))
  addLaneTls(group)
}

function onDomain(command: Command): Command {
  return onData(command).option('--resolver <address:port>', 'the DNS server that a demo was started with')
}

async function explain(db: Database, config: Config, domain: string, options: LaneOptions): Promise<void> {
  const routed = await route(db, config, domain, options)
  const { site, provider, servers, fault, limits, suspensions } = await explainLane(db, { domain, routed, sourceAgeDays: sourceAgeDays(config), overrides: overridesOf(config)(domain, routed.isChosen), nowMs: Date.now() })
  if (options.json === true) return say(JSON.stringify({ domain, site, provider, servers, fault, limits, suspensions }, null, 2))
  say(`${domain} is served by site ${site}${provider === null ? '' : ` of ${provider}`}`)
  say(fault === null ? servers.map(({ preference, host, port }) => `  ${preference} ${host}:${port}`).join('\n') : `  ${fault}`)
  for (const { text } of limits) say(text.en)
  for (const { what, reason, id } of suspensions) say(`${what === 'slow' ? 'Slowed down' : 'Suspended'}: ${reason} (${id})`)
}

async function stop(db: Database, config: Config, domain: string, options: LaneOptions): Promise<void> {
  const { site } = await route(db, config, domain, options)
  const owner = options.organization === undefined ? null : await ownerOf(db, options.organization)
  if (options.organization !== undefined && owner === null) return
  const nowMs = Date.now()
  const untilMs = options.for === undefined ? null : nowMs + options.for
  const suspension = await stopSite(db, { id: makeId('x', nowMs), site, organization: owner?.id ?? null, covers: options.bulk === true ? 'bulk' : 'all', reason: options.reason, untilMs, nowMs })
  sayOne({ ...shown(suspension), site }, `mail to ${domain} (site ${site}) is stopped: "merpati lane resume ${suspension.id}" ends that`, options)
}

async function resume(db: Database, id: string, options: LaneOptions): Promise<void> {
  const ended = await endStop(db, id, Date.now())
  if (ended === 'none') return complain(`there is no suspension ${id}: "merpati lane suspensions" lists them`, EXIT.failed)
  if (ended === 'a-stream') return complain('a stream goes on with "merpati stream resume", which asks what the cause was', EXIT.failed)
  sayOne({ id }, `${id} has ended; senders hear of it within seconds`, options)
}

async function route(db: Database, config: Config, domain: string, { resolver: asked }: LaneOptions): Promise<Routed> {
  const endpoint = asked === undefined ? null : endpointOf(asked)
  if (endpoint?.ok === false) throw new Error(`--resolver: ${endpoint.error}`)
  const resolvers = endpoint === null ? config.outbound.resolvers : [{ address: endpoint.value.host, port: endpoint.value.port }]
  using resolver = await resolverOf({ ...config.outbound, resolvers }, silentLog)
  return await routedTo(domain, { db, config, names: resolver ?? builtInZone })
}

function shown({ id, scope, key, covers, by, rule, reason, firstReply, startedMs, untilMs }: Suspension): Readonly<Record<string, unknown>> {
  return { id, covers, by: rule ?? by, what: key.slice(scope.length + 1), since: isoTime(startedMs), until: isoTime(untilMs), reason, firstReply }
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000 }

function durationOf(text: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('want a number with m, h or d, such as 2h.')
  return Number(count) * (UNIT_MS[unit] ?? 0)
}
