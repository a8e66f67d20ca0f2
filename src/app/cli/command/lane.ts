import { type Command, InvalidArgumentError } from 'commander'
import { makeId } from '../../../base/ids.ts'
import { silentLog } from '../../../base/log.ts'
import { type Routed, routeOf } from '../../../core/outbound/route-of.ts'
import { DEFAULT_SOURCE } from '../../../core/outbound/sending-source.ts'
import { endEntry } from '../../../core/pool/entry.ts'
import { explainLimits } from '../../../core/pool/explain.ts'
import { limitsOf } from '../../../core/pool/resolve.ts'
import { type Scope, scopeKey } from '../../../core/pool/rule.ts'
import { Shaper } from '../../../core/pool/shaper.ts'
import { keepShaping, type Shaping, shapingSince } from '../../../core/pool/sql-shaping.ts'
import { endSuspension, isInForce, suspend, type Suspension } from '../../../core/pool/suspension.ts'
import type { Database } from '../../../infra/db/database.ts'
import type { Config } from '../../config/config.ts'
import { endpointOf } from '../../config/endpoint.ts'
import { builtInZone } from '../../demo/zone.ts'
import { resolverOf } from '../../names.ts'
import { chosenRoutesOf, overridesOf, routesOf, sourceAgeDays } from '../../outbound.ts'
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

/** Who has changed what the command line changes: no sender has this name, so all of them read it. */
const HOLDER = 'merpati lane'

const LOOK_UP_MS = 15_000

/** `merpati lane`: how fast mail may go where, why, and what is stopped. */
export function addLane(program: Command): void {
  const group = program.command('lane').description('how fast mail may go to a domain, why, and what is stopped')
  onDomain(group.command('explain <domain>'))
    .description('the servers of a domain, the limits that hold there, and who said so')
    .action((domain: string, options: LaneOptions) => withData(options, (db, config) => explain(db, config, domain.toLowerCase(), options)))
  onData(group.command('suspensions', { isDefault: true }))
    .description('list what is stopped, and why')
    .action((options: LaneOptions) =>
      withData(options, async (db) => sayRows((await inForce(db)).map(shown), options, 'nothing is suspended')),
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
  const { site, provider, plan } = routed
  const shaper = new Shaper()
  const all = await shapings(db)
  for (const shaping of all) if (shaping.by === 'rule') shaper.restore(shaping.entry)
  const { adjustments } = shaper.adjustments({ source: DEFAULT_SOURCE, site }, Date.now())
  const question = { domain, provider, source: DEFAULT_SOURCE, sourceAgeDays: sourceAgeDays(config), organization: null, overrides: overridesOf(config)(domain, routed.isChosen), adjustments }
  const limits = explainLimits(limitsOf(question))
  const servers = plan.kind === 'hops' ? plan.hops.map(({ host, port, preference }) => ({ host, port, preference })) : []
  const suspended = (await inForce(db)).filter(({ scope, key }) => key.split(' ').includes(site) || (scope === 'stream-provider' && key.endsWith(` ${provider ?? 'other'}`)))
  if (options.json === true) return say(JSON.stringify({ domain, site, provider, servers, fault: plan.kind === 'hops' ? null : plan.text, limits, suspensions: suspended }, null, 2))
  say(`${domain} is served by site ${site}${provider === null ? '' : ` of ${provider}`}`)
  say(plan.kind === 'hops' ? servers.map(({ preference, host, port }) => `  ${preference} ${host}:${port}`).join('\n') : `  ${plan.text}`)
  for (const { text } of limits) say(text.en)
  for (const { what, reason, id } of suspended) say(`${what === 'slow' ? 'Slowed down' : 'Suspended'}: ${reason} (${id})`)
}

async function stop(db: Database, config: Config, domain: string, options: LaneOptions): Promise<void> {
  const { site } = await route(db, config, domain, options)
  const owner = options.organization === undefined ? null : await ownerOf(db, options.organization)
  if (options.organization !== undefined && owner === null) return
  const nowMs = Date.now()
  const scope: Scope = owner === null ? 'site' : 'tenant-site'
  const key = scopeKey(scope, { source: DEFAULT_SOURCE, site, organization: owner?.id ?? null, stream: null })
  if (key === null) throw new Error(`${scope} has no key`)
  const id = makeId('x', nowMs)
  const untilMs = options.for === undefined ? null : nowMs + options.for
  const wanted = { id, scope, key, what: 'suspend', covers: options.bulk === true ? 'bulk' : 'all', by: 'user', rule: null, reason: options.reason, firstReply: null, untilMs, canary: false } as const
  const suspension = suspend(wanted, nowMs)
  await keep(db, { by: 'user', suspension })
  sayOne({ ...shown(suspension), site }, `mail to ${domain} (site ${site}) is stopped: "merpati lane resume ${id}" ends that`, options)
}

async function resume(db: Database, id: string, options: LaneOptions): Promise<void> {
  const nowMs = Date.now()
  const found = (await shapings(db)).find((shaping) => (shaping.by === 'user' ? shaping.suspension.id === id : `${shaping.entry.rule} ${shaping.entry.key}` === id))
  if (found === undefined) return complain(`there is no suspension ${id}: "merpati lane suspensions" lists them`, EXIT.failed)
  if (found.by === 'user' && found.suspension.by === 'standing') return complain('a stream goes on with "merpati stream resume", which asks what the cause was', EXIT.failed)
  await keep(db, found.by === 'user' ? { by: 'user', suspension: endSuspension(found.suspension, nowMs) } : { by: 'rule', entry: endEntry(found.entry, nowMs) })
  sayOne({ id }, `${id} has ended; senders hear of it within seconds`, options)
}

async function route(db: Database, config: Config, domain: string, { resolver: asked }: LaneOptions): Promise<Routed> {
  const endpoint = asked === undefined ? null : endpointOf(asked)
  if (endpoint?.ok === false) throw new Error(`--resolver: ${endpoint.error}`)
  const resolvers = endpoint === null ? config.outbound.resolvers : [{ address: endpoint.value.host, port: endpoint.value.port }]
  const resolver = await resolverOf({ ...config.outbound, resolvers }, silentLog)
  try {
    const chosenRoutes = chosenRoutesOf(db)
    await chosenRoutes.refresh()
    const settings = { ...routesOf(config), chosen: (name: string) => chosenRoutes.of(name), keepsFor: (name: string) => chosenRoutes.keepsFor(name) }
    return await routeOf(domain, settings, resolver ?? builtInZone, Math.random, AbortSignal.timeout(LOOK_UP_MS))
  } finally {
    resolver?.[Symbol.dispose]()
  }
}

async function shapings(db: Database): Promise<readonly Shaping[]> {
  return (await shapingSince(db, 0, '')).changed
}

async function keep(db: Database, shaping: Shaping): Promise<void> {
  await db.write(keepShaping, { changed: [shaping], forgotten: [], holder: HOLDER, nowMs: Date.now() })
}

async function inForce(db: Database): Promise<readonly Suspension[]> {
  const nowMs = Date.now()
  const all = (await shapings(db)).flatMap((shaping) => (shaping.by === 'user' ? shaping.suspension : (shaping.entry.active?.suspension ?? [])))
  return all.filter((suspension) => isInForce(suspension, nowMs))
}

function shown({ id, scope, key, covers, by, rule, reason, firstReply, startedMs, untilMs }: Suspension): Readonly<Record<string, unknown>> {
  const at = (ms: number): string => new Date(ms).toISOString()
  return { id, covers, by: rule ?? by, what: key.slice(scope.length + 1), since: at(startedMs), until: untilMs === null ? null : at(untilMs), reason, firstReply }
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000 }

function durationOf(text: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('want a number with m, h or d, such as 2h.')
  return Number(count) * (UNIT_MS[unit] ?? 0)
}
