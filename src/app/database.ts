import { join } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import type { Database } from '../infra/db/database.ts'
import { PostgresDatabase } from '../infra/db/postgres/database.ts'
import { migratePostgres } from '../infra/db/postgres/migrate.ts'
import { SqliteDatabase } from '../infra/db/sqlite/database.ts'
import { openInline } from '../infra/db/sqlite/inline.ts'
import { migrateSqlite } from '../infra/db/sqlite/migrate.ts'
import { openForReading } from '../infra/db/sqlite/open.ts'
import type { PostedAnswer } from '../infra/db/sqlite/writer.ts'
import type { Config } from './config/config.ts'
import { migrations } from './migration/migrations.ts'

/** PostgreSQL connections that one thread may hold. */
const CONNECTIONS = 10

/** A thread's database. */
export interface OpenDatabase {
  readonly db: Database
  /** Gives it a writer: the first one, or its successor. Of no use on PostgreSQL. */
  connect(port: MessagePort): void
  close(): Promise<void>
}

/** Where the embedded database lies. */
export function databasePath(config: Config): string {
  return join(config.dataDir, 'merpati.db')
}

/** Brings the database to the newest schema. Throws `SchemaTooNew` for one from the future. */
export async function migrate(config: Config): Promise<void> {
  if (config.database.kind === 'postgres') return await migratePostgres(config.database.url, migrations, Date.now())
  migrateSqlite(databasePath(config), migrations, Date.now())
}

/** Opens the database for a thread of the server. On SQLite its writes wait until it is connected to a writer. */
export function openDatabase(config: Config): OpenDatabase {
  if (config.database.kind === 'postgres') {
    const db = new PostgresDatabase({ url: config.database.url, connections: CONNECTIONS })
    return { db, connect: (port) => port.close(), close: () => db[Symbol.asyncDispose]() }
  }
  const db = new SqliteDatabase(openForReading(databasePath(config)))
  let current: MessagePort | null = null
  return {
    db,
    connect(port) {
      current?.close()
      current = port
      const answers = db.connect({ post: (writes) => port.postMessage(writes) })
      port.on('message', (posted: readonly PostedAnswer[]) => answers(posted))
    },
    async close() {
      await db[Symbol.asyncDispose]()
      current?.close()
    },
  }
}

/** Opens the database for a command-line tool, beside a running server or without one. */
export function openForTool(config: Config): Database {
  if (config.database.kind === 'postgres') return new PostgresDatabase({ url: config.database.url, connections: 2 })
  return openInline(databasePath(config))
}
