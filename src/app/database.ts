import { join } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import type { Database } from '../infra/db/database.ts'
import { forgetLeases, forgetLeasesOf } from '../infra/db/sql-lease.ts'
import { SqliteDatabase } from '../infra/db/sqlite/database.ts'
import { openInline } from '../infra/db/sqlite/inline.ts'
import { openForReading } from '../infra/db/sqlite/open.ts'
import type { PostedAnswer } from '../infra/db/sqlite/writer.ts'
import type { Config } from './config/config.ts'

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

/**
 * Ends what this node's former life still holds, before the first thread runs: the data directory is ours alone, so it has ended. On SQLite nobody else can
 * hold anything; on PostgreSQL other nodes live, and theirs are never touched. While the server may still be doing what the former life sent last, its
 * leases stay and run out by themselves.
 */
export async function forgetDeadLeases(config: Config, node: string): Promise<void> {
  await using db = await openForTool(config)
  if (config.database.kind === 'sqlite') return void (await db.write(forgetLeases, {}))
  const { formerConnectionsEnded } = await import('../infra/db/postgres/sql-former.ts')
  if (await formerConnectionsEnded(db, connectionName(node))) await db.write(forgetLeasesOf, { node })
}

function connectionName(node: string): string {
  return `merpati ${node}`
}

/** Opens the database for a thread of the server on this node. On SQLite its writes wait until it is connected to a writer. */
export async function openDatabase(config: Config, node: string): Promise<OpenDatabase> {
  if (config.database.kind === 'postgres') {
    const db = await openPostgres(config.database.url, CONNECTIONS, connectionName(node))
    return {
      db,
      connect: (port) => port.close(),
      async close() {
        await db[Symbol.asyncDispose]()
      },
    }
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
export async function openForTool(config: Config): Promise<Database> {
  if (config.database.kind === 'postgres') return await openPostgres(config.database.url, 2, 'merpati tool')
  return openInline(databasePath(config))
}

/** The client of PostgreSQL is loaded only where it is used: it would cost every thread of an embedded server 3 MB. */
async function openPostgres(url: string, connections: number, name: string): Promise<Database> {
  const { PostgresDatabase } = await import('../infra/db/postgres/database.ts')
  return new PostgresDatabase({ url, connections, name })
}
