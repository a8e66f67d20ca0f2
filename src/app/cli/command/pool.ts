import { type Command, Option } from 'commander'
import type { OverflowMode } from '../../../core/pool/overflow.ts'
import { overflowFaultIn } from '../../../core/pool/pick-pool.ts'
import { POOL_KINDS, type PoolKind, SOURCE_NAME } from '../../../core/pool/source.ts'
import { type KeptPool, moveSource, putPool, removePool, sourceBook } from '../../../core/pool/sql-source.ts'
import type { Database } from '../../../infra/db/database.ts'
import { ownerOf } from '../owner.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface PoolOptions extends ToolOptions {
  readonly kind: PoolKind
  readonly organization?: string
  readonly overflow?: string
  readonly overflowMode: OverflowMode
}

/** `merpati pool`: which addresses carry which kind of mail. */
export function addPool(program: Command): void {
  const group = program.command('pool').description('which addresses carry which kind of mail')
  onData(group.command('list', { isDefault: true }))
    .description('list pools and their sources')
    .action((options: PoolOptions) => withData(options, async (db) => sayRows((await sourceBook(db)).pools.map((pool) => ({ ...pool })), options, 'there are no pools')))
  onData(group.command('add <name> [sources...]'))
    .description('make a pool of these sources, or change one')
    .addOption(new Option('--kind <kind>', 'what it carries; "all" is everything').choices(POOL_KINDS).default('all'))
    .option('--organization <name>', 'whose it is, of a dedicated pool')
    .option('--overflow <pool>', 'the pool that takes what warm-up has no room for')
    .addOption(new Option('--overflow-mode <mode>', 'whether that goes there, or waits for the next day; strict-split: new addresses get only the share of their target that they have reached').choices(['to-shared', 'defer', 'strict-split']).default('to-shared'))
    .action((name: string, sources: readonly string[], options: PoolOptions) => withData(options, (db) => put(db, name, sources, options)))
  for (const [verb, to] of [['join', 'in'], ['leave', 'out']] as const) {
    onData(group.command(`${verb} <name> <source>`))
      .description(to === 'in' ? 'put a source into a pool' : 'take a source out of a pool')
      .action((name: string, source: string, options: PoolOptions) =>
        withData(options, async (db) => {
          if (!(await areKnown(db, name, [source]))) return
          await db.write(moveSource, { pool: name, source, to })
          sayOne({ pool: name, source, in: to === 'in' }, to === 'in' ? `${source} is in ${name}` : `${source} is out of ${name}`, options)
        }),
      )
  }
  onData(group.command('remove <name>'))
    .description('remove a pool; its sources stay')
    .action((name: string, options: PoolOptions) =>
      withData(options, async (db) => {
        if (!(await db.write(removePool, { id: name }))) return complain(`there is no pool ${name}`, EXIT.failed)
        sayOne({ name }, `${name} is removed`, options)
      }),
    )
}

async function put(db: Database, name: string, sources: readonly string[], options: PoolOptions): Promise<void> {
  const { kind, overflow, overflowMode } = options
  if (!SOURCE_NAME.test(name)) return complain(`${name}: a name is up to 32 lower-case letters, digits and hyphens`)
  if ((kind === 'dedicated') !== (options.organization !== undefined)) return complain('a dedicated pool has an --organization, and no other pool has one')
  const owner = options.organization === undefined ? null : await ownerOf(db, options.organization)
  if (options.organization !== undefined && owner === null) return
  if (!(await areKnown(db, overflow ?? null, sources))) return
  const fault = overflowFaultIn(await sourceBook(db), overflow ?? null)
  if (fault !== null) return complain(fault)
  const pool: Omit<KeptPool, 'carries'> = { id: name, kind, organization: owner?.id ?? null, overflow: overflow ?? null, mode: overflowMode, sources }
  await db.write(putPool, pool)
  sayOne({ ...pool }, `${name} carries ${kind === 'all' ? 'everything' : kind} from ${sources.join(', ') || 'no source yet'}`, options)
}

async function areKnown(db: Database, pool: string | null, sources: readonly string[]): Promise<boolean> {
  const book = await sourceBook(db)
  const missing = sources.find((source) => !book.sources.has(source))
  if (missing !== undefined) complain(`there is no source ${missing}: "merpati source add" makes one`, EXIT.failed)
  else if (pool !== null && !book.pools.some(({ id }) => id === pool)) complain(`there is no pool ${pool}`, EXIT.failed)
  else return true
  return false
}
