import { CHECKPOINT_EVERY_MS, CHECKPOINT_OVER_PAGES } from '../limits.ts'
import { SqliteConnection } from './connection.ts'

/**
 * Opens the database for writing, in WAL mode with a sync at every commit: what has committed survives a power
 * cut. Automatic checkpoints are off, because they would stall the batch that meets them: see `startCheckpoints`.
 */
export function openForWriting(path: string): SqliteConnection {
  const connection = new SqliteConnection(path, { readOnly: false })
  connection.exec('PRAGMA journal_mode = WAL')
  connection.exec('PRAGMA synchronous = FULL')
  connection.exec('PRAGMA wal_autocheckpoint = 0')
  connection.exec('PRAGMA cache_size = -8192')
  connection.exec('PRAGMA temp_store = MEMORY')
  connection.exec(OVERWRITE)
  return connection
}

/** What is deleted is overwritten: whoever has the file finds nothing in its free pages that was erased. docs/decision/012-erasure.md. */
const OVERWRITE = 'PRAGMA secure_delete = ON'

/** Opens a database that can be made again: a power cut may undo its last commits, so none of them waits for the disk. */
export function openForDerived(path: string): SqliteConnection {
  const connection = new SqliteConnection(path, { readOnly: false })
  connection.exec('PRAGMA journal_mode = WAL')
  connection.exec('PRAGMA synchronous = NORMAL')
  connection.exec(OVERWRITE)
  return connection
}

/**
 * Copies the whole write-ahead log of a database into it and cuts the log, so that nothing older than now stands in it. False when somebody reads or writes just
 * then: ask again.
 */
export function cutLog(path: string): boolean {
  using connection = new SqliteConnection(path, { readOnly: false })
  return connection.checkpoint('TRUNCATE').isWhole
}

/** Opens the database for reading only. */
export function openForReading(path: string): SqliteConnection {
  const connection = new SqliteConnection(path, { readOnly: true })
  connection.exec('PRAGMA cache_size = -8192')
  connection.exec('PRAGMA mmap_size = 33554432')
  return connection
}

/**
 * Copies the write-ahead log into the database file now and then, from a connection (and a thread) of its own, so that no
 * commit pays for it. `settle` is called when little is left to copy: the writer then copies the rest between two batches, which
 * lets the log begin again at its start. A log that is written over costs a sync a third less than one that grows. Stops when disposed.
 */
export function startCheckpoints(path: string, settle: () => void, onError: (error: unknown) => void): Disposable {
  const connection = new SqliteConnection(path, { readOnly: false })
  connection.exec('PRAGMA wal_autocheckpoint = 0')
  const timer = setInterval(() => {
    try {
      if (connection.checkpoint('NOOP').logged < CHECKPOINT_OVER_PAGES) return
      connection.checkpoint('PASSIVE')
      settle()
    } catch (error) {
      onError(error)
    }
  }, CHECKPOINT_EVERY_MS)
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      connection[Symbol.dispose]()
    },
  }
}
