import { migrateSqlite } from '../infra/db/sqlite/migrate.ts'
import type { Config } from './config/config.ts'
import { databasePath } from './database.ts'
import { migrations } from './migration/migrations.ts'
import { statsMigrations } from './migration/sql-stats.ts'

/** Brings the database to the newest schema. Throws `SchemaTooNew` for one from the future. */
export async function migrate(config: Config): Promise<void> {
  if (config.database.kind === 'sqlite') {
    migrateSqlite(databasePath(config), migrations, Date.now())
    return
  }
  const { migratePostgres } = await import('../infra/db/postgres/migrate.ts')
  await migratePostgres(config.database.url, migrations, Date.now())
  await migratePostgres(config.database.url, statsMigrations, Date.now(), 'migration_stats')
}
