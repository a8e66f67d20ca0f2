import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrations } from '../../src/app/migration/migrations.ts'
import { statsMigrations } from '../../src/app/migration/sql-stats.ts'
import { traceMigrations } from '../../src/app/migration/sql-trace.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { PostgresDatabase } from '../../src/infra/db/postgres/database.ts'
import { migratePostgres } from '../../src/infra/db/postgres/migrate.ts'
import { openDerived } from '../../src/infra/db/sqlite/derived.ts'
import { openInline } from '../../src/infra/db/sqlite/inline.ts'
import { migrateSqlite } from '../../src/infra/db/sqlite/migrate.ts'

/** A database of its own for one test, gone when disposed. */
export interface TestDatabase extends AsyncDisposable {
  readonly db: Database
  /** Where the trace index lies: beside SQLite, in PostgreSQL. */
  readonly traces: Database
  /** Where the statistics lie, likewise. */
  readonly stats: Database
  /** A second, independent connection to the same data. */
  another(): Promise<Database>
}

/** True when the run is told to use PostgreSQL: `MERPATI_DATABASE=postgres`. */
export const onPostgres: boolean = process.env['MERPATI_DATABASE'] === 'postgres'

/** Opens an empty, migrated database: SQLite in a temporary folder, or a fresh one on the test run's PostgreSQL. */
export async function openTestDatabase(): Promise<TestDatabase> {
  return onPostgres ? await openPostgres() : await openSqlite()
}

/** Makes an empty database on the test run's PostgreSQL. `drop` removes it, connections or not. */
export async function makePostgresDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const server = process.env['MERPATI_TEST_POSTGRES_URL']
  if (server === undefined) throw new Error('MERPATI_DATABASE=postgres needs MERPATI_TEST_POSTGRES_URL: run `npm test`, which starts one')
  const name = `test_${randomBytes(8).toString('hex')}`
  await ask(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => ask(server, `DROP DATABASE ${name} WITH (FORCE)`) }
}

async function openSqlite(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'merpati-db-'))
  const path = join(folder, 'merpati.db')
  migrateSqlite(path, migrations, Date.now())
  const opened: Database[] = []
  const open = async (): Promise<Database> => {
    const db = openInline(path)
    opened.push(db)
    return db
  }
  const traces = openDerived(join(folder, 'trace.db'), traceMigrations, Date.now())
  const stats = openDerived(join(folder, 'stats.db'), statsMigrations, Date.now())
  opened.push(traces, stats)
  return {
    db: await open(),
    traces,
    stats,
    another: open,
    async [Symbol.asyncDispose]() {
      for (const db of opened) await db[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

async function openPostgres(): Promise<TestDatabase> {
  const { url, drop } = await makePostgresDatabase()
  await migratePostgres(url, migrations, Date.now())
  await migratePostgres(url, statsMigrations, Date.now(), 'migration_stats')
  const opened: Database[] = []
  const open = async (): Promise<Database> => {
    const db = new PostgresDatabase({ url, connections: 4 })
    opened.push(db)
    return db
  }
  const db = await open()
  return {
    db,
    traces: db,
    stats: db,
    another: open,
    async [Symbol.asyncDispose]() {
      for (const each of opened) await each[Symbol.asyncDispose]()
      await drop()
    },
  }
}

async function ask(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
