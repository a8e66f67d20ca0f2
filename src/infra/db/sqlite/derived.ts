import { rmSync } from 'node:fs'
import { type Migration, SchemaTooNew } from '../migrate.ts'
import type { SqliteDatabase } from './database.ts'
import { openInline } from './inline.ts'
import { migrateSqlite } from './migrate.ts'
import { openForDerived } from './open.ts'

/** CORRUPT and NOTADB: the file is damaged, or never was a database. */
const DAMAGED: ReadonlySet<number> = new Set([11, 26])

/**
 * Opens a database that is made from another one and can be made again: an index. Its writes run in this thread. After a power cut
 * it may be a little behind, never torn; a file that is damaged, or of a newer schema, is removed and begun anew.
 */
export function openDerived(path: string, migrations: readonly Migration[], nowMs: number): SqliteDatabase {
  try {
    return open(path, migrations, nowMs)
  } catch (error) {
    if (!(error instanceof SchemaTooNew) && !isDamaged(error)) throw error
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
    return open(path, migrations, nowMs)
  }
}

function open(path: string, migrations: readonly Migration[], nowMs: number): SqliteDatabase {
  migrateSqlite(path, migrations, nowMs)
  return openInline(path, openForDerived)
}

function isDamaged(error: unknown): boolean {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode
  return typeof code === 'number' && DAMAGED.has(code & 0xff)
}
