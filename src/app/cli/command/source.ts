import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { isoTime } from '../../../base/iso-time.ts'
import { SOURCE_NAME, type SourceState } from '../../../core/pool/source.ts'
import { type KeptSource, putSource, removeSource, sourceBook } from '../../../core/pool/sql-source.ts'
import { WARMUP_PROFILES } from '../../../core/pool/table/warmup.ts'
import { daysLeft, type WarmupPlan } from '../../../core/pool/warmup.ts'
import type { Database } from '../../../infra/db/database.ts'
import type { Config } from '../../config/config.ts'
import { complain, EXIT, remark, sayOne, sayRows } from '../say.ts'
import { sure } from '../sure.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface SourceOptions extends ToolOptions {
  readonly ehlo?: string
  readonly weight?: number
  readonly warmUp?: WarmupPlan['profile'] | 'none'
  readonly target?: number
  readonly state?: SourceState
  readonly yes?: boolean
}

/** `merpati source`: the addresses that mail leaves from. */
export function addSource(program: Command): void {
  const group = program.command('source').description('addresses that mail leaves from; without any, the system chooses')
  onData(group.command('list', { isDefault: true }))
    .description('list them, with the day of their warm-up')
    .action((options: SourceOptions) =>
      withData(options, async (db) => {
        const { sources, pools } = await sourceBook(db)
        const rows = [...sources.values()].map((source) => shown(source, pools.filter((pool) => pool.sources.includes(source.id)).map(({ id }) => id)))
        sayRows(rows, options, 'there are none: mail leaves from wherever the system says')
      }),
    )
  withWords(onData(group.command('add <name> <address>')))
    .description('add an address of this machine; it carries mail once it is in a pool (merpati pool)')
    .action((name: string, address: string, options: SourceOptions) => withData(options, (db, config) => add(db, config, { name, address }, options)))
  withWords(onData(group.command('set <name>')))
    .description('change one')
    .addOption(new Option('--state <state>', 'what it does').choices(['active', 'resting', 'quarantine', 'retired']))
    .action((name: string, options: SourceOptions) => withData(options, (db, config) => change(db, config, name, options)))
  onData(group.command('remove <name>'))
    .description('remove one from all pools; what it is sending is finished')
    .option('--yes', 'really')
    .action((name: string, options: SourceOptions) =>
      withData(options, async (db) => {
        if (!sure(options, `this removes the source ${name} and what is known of its warm-up`)) return
        if (!(await db.write(removeSource, { id: name }))) return complain(`there is no source ${name}`, EXIT.failed)
        sayOne({ name }, `${name} is removed`, options)
      }),
    )
}

function withWords(command: Command): Command {
  return command
    .option('--ehlo <name>', 'its name in EHLO, which its reverse DNS must give (the host name of this server)')
    .option('--weight <n>', 'its part of the work beside others of its pool (1)', wholeNumber)
    .addOption(new Option('--warm-up <profile>', 'begin slowly, by this plan; "none" ends one').choices([...Object.keys(WARMUP_PROFILES), 'none']))
    .option('--target <n>', 'messages a day that the plan is to reach', wholeNumber)
}

async function add(db: Database, config: Config, { name, address }: { readonly name: string; readonly address: string }, options: SourceOptions): Promise<void> {
  if (isIP(address) === 0) return complain(`${address} is no IP address`)
  if (!SOURCE_NAME.test(name)) return complain(`${name}: a name is up to 32 lower-case letters, digits and hyphens`)
  const { sources } = await sourceBook(db)
  if (sources.has(name)) return complain(`there is a source ${name} already`, EXIT.failed)
  const other = [...sources.values()].find((source) => source.address === address)
  if (other !== undefined) return complain(`${address} is source ${other.id} already`, EXIT.failed)
  if (!isLocal(address)) remark(`no interface of this machine has ${address} now: mail cannot leave from it here`)
  const plan = planOf(options)
  const state = plan === null || plan === 'none' ? 'active' : 'warming'
  await db.write(putSource, { id: name, address, ehlo: options.ehlo ?? config.hostname, state, weight: options.weight ?? 1, plan, nowMs: Date.now() })
  sayOne({ name, address, state }, `${name} is added: put it into a pool with "merpati pool"`, options)
}

async function change(db: Database, { hostname }: Config, name: string, options: SourceOptions): Promise<void> {
  const known = (await sourceBook(db)).sources.get(name)
  if (known === undefined) return complain(`there is no source ${name}: "merpati source list" shows them`, EXIT.failed)
  const plan = planOf(options)
  const wanted = plan === null || plan === 'none' ? (options.state ?? known.state) : 'warming'
  const ehlo = options.ehlo ?? (known.ehlo === '' ? hostname : known.ehlo)
  await db.write(putSource, { id: name, address: known.address, ehlo, state: wanted, weight: options.weight ?? known.weight, plan, nowMs: Date.now() })
  const state = (await sourceBook(db)).sources.get(name)?.state ?? wanted
  sayOne({ name, state }, `${name} is ${state}`, options)
}

function planOf({ warmUp, target }: SourceOptions): WarmupPlan | 'none' | null {
  if (warmUp === undefined || warmUp === 'none') return warmUp ?? null
  return { profile: warmUp, targetPerDay: target ?? null, percent: 100 }
}

function shown(source: KeptSource, pools: readonly string[]): Readonly<Record<string, unknown>> {
  const { id, address, ehlo, state, weight, warming, checks, sendsSinceMs } = source
  const failed = Object.entries(checks).flatMap(([name, result]) => (result === 'failed' ? [name] : []))
  const days = warming === null ? null : Math.max(...Object.values(warming.state.groups).map(({ day }) => day))
  return { name: id, address, ehlo, state, weight, pools, failedChecks: failed, warmUpDay: days, sentToday: warming?.budget.total.today ?? null, daysLeft: warming === null ? null : daysLeft(warming.state), since: isoTime(sendsSinceMs) }
}

function isLocal(address: string): boolean {
  if (address.startsWith('127.')) return true
  return Object.values(networkInterfaces()).some((all) => all?.some((each) => each.address === address) === true)
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('want a whole number from 1 on.')
}
