import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../infra/db/database.ts'
import type { Migration } from '../infra/db/migrate.ts'
import { openDerived } from '../infra/db/sqlite/derived.ts'
import { cutLog } from '../infra/db/sqlite/open.ts'
import type { Config } from './config/config.ts'
import { databasePath } from './database.ts'
import { statsMigrations } from './migration/sql-stats.ts'
import { traceMigrations } from './migration/sql-trace.ts'

/** What is made from the events: the index of the trace, or the statistics. Disposing it leaves the database open that it may share. */
export interface Derived extends AsyncDisposable {
  readonly db: Database
}

/** Lets no copy of what was changed stay behind in the files of the databases. False when somebody reads just then. On PostgreSQL the server does so. */
export function cutLogs(config: Config): boolean {
  if (config.database.kind !== 'sqlite') return true
  return [databasePath(config), ...[TRACES, STATS].map((name) => join(config.dataDir, name)).filter((path) => existsSync(path))].every(cutLog)
}

const TRACES = 'trace.db'
const STATS = 'stats.db'

/** Opens the index of the trace: a file of its own that this thread fills, or on PostgreSQL `db` itself. The file may be deleted: it is made again from the events. */
export function openTraceIndex(config: Config, db: Database): Derived {
  return openBeside(config, db, TRACES, traceMigrations)
}

/** Opens the statistics, which lie as the index of the trace does. */
export function openStats(config: Config, db: Database): Derived {
  return openBeside(config, db, STATS, statsMigrations)
}

function openBeside(config: Config, db: Database, name: string, steps: readonly Migration[]): Derived {
  if (config.database.kind === 'postgres') return { db, async [Symbol.asyncDispose]() {} }
  const own = openDerived(join(config.dataDir, name), steps, Date.now())
  return { db: own, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() }
}
