import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrations } from '../../src/app/migration/migrations.ts'
import { statsMigrations } from '../../src/app/migration/sql-stats.ts'
import { traceMigrations } from '../../src/app/migration/sql-trace.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { PostgresDatabase } from '../../src/infra/db/postgres/database.ts'
import { migratePostgres } from '../../src/infra/db/postgres/migrate.ts'
import { openDerived } from '../../src/infra/db/sqlite/derived.ts'
import { openInline } from '../../src/infra/db/sqlite/inline.ts'
import { migrateSqlite } from '../../src/infra/db/sqlite/migrate.ts'
import { makePostgresDatabase, onPostgres } from '../support/database.ts'

/** A database that several processes open, one after the other: a folder, or an address. */
export interface Place extends AsyncDisposable {
  readonly name: string
}

/** What lies there. */
export interface Opened extends AsyncDisposable {
  readonly db: Database
  readonly traces: Database
  readonly stats: Database
}

/** Makes an empty one. */
export async function makePlace(): Promise<Place> {
  if (onPostgres) {
    const { url, drop } = await makePostgresDatabase()
    await migratePostgres(url, migrations, Date.now())
    await migratePostgres(url, statsMigrations, Date.now(), 'migration_stats')
    return { name: url, [Symbol.asyncDispose]: drop }
  }
  const folder = await mkdtemp(join(tmpdir(), 'merpati-remove-'))
  migrateSqlite(join(folder, 'merpati.db'), migrations, Date.now())
  return { name: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** Opens what lies at a place. */
export function openPlace(name: string): Opened {
  if (onPostgres) {
    const db = new PostgresDatabase({ url: name, connections: 4 })
    return { db, traces: db, stats: db, [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() }
  }
  const all = [openInline(join(name, 'merpati.db')), openDerived(join(name, 'trace.db'), traceMigrations, Date.now()), openDerived(join(name, 'stats.db'), statsMigrations, Date.now())] as const
  const [db, traces, stats] = all
  return {
    ...{ db, traces, stats },
    async [Symbol.asyncDispose]() {
      for (const each of all) await each[Symbol.asyncDispose]()
    },
  }
}
