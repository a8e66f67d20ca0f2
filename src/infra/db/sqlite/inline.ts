import type { SqliteConnection } from './connection.ts'
import { openForReading, openForWriting } from './open.ts'
import { SqliteDatabase } from './database.ts'
import { Writer } from './writer.ts'

/** Opens SQLite with the writer in this very thread: for command-line tools, tests, and databases that one thread fills. */
export function openInline(path: string, open: (path: string) => SqliteConnection = openForWriting): SqliteDatabase {
  const connection = open(path)
  const writer = new Writer(connection)
  const database = new SqliteDatabase(openForReading(path))
  const answers = database.connect({ post: (posts) => writer.accept(posts, (answer) => answers([answer])) })
  const dispose = database[Symbol.asyncDispose].bind(database)
  database[Symbol.asyncDispose] = async () => {
    await dispose()
    connection[Symbol.dispose]()
  }
  return database
}
