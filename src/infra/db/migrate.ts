import type { Dialect } from './statement.ts'

/** One step of the schema, forward only. */
export interface Migration {
  readonly version: number
  readonly name: string
  /** Statements in the words of `ddl`; `postgres` stands before one that only PostgreSQL runs. */
  readonly statements: readonly (string | { readonly postgres: string })[]
}

/** The database was written by a newer program: this one must not touch it. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew'

  constructor(found: number, known: number) {
    super(`the data was written by a newer version (schema ${found}, this program knows ${known}): start that version, or restore a backup`)
  }
}

/** What every database of ours has besides the product's tables. */
export const OWN_TABLES: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS migration (version INT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_ms INT NOT NULL)',
]

/** The answers of writes, for callers that lost theirs: per batch on SQLite, per write on PostgreSQL. */
export const APPLIED: Readonly<Record<Dialect, string>> = {
  sqlite: 'CREATE TABLE IF NOT EXISTS applied (batch INTEGER PRIMARY KEY, answers TEXT NOT NULL)',
  postgres: 'CREATE TABLE IF NOT EXISTS applied (id TEXT NOT NULL PRIMARY KEY, answer TEXT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now())',
}

/**
 * Says one schema on two databases. `INT` is a 64-bit integer, `TEXT` compares by bytes, `BYTES` is a blob, `SERIAL` a growing
 * integer key, never given twice as long as the newest row stays; `COMMITTED_BY` becomes the column that orders events by commit on PostgreSQL and nothing on SQLite.
 */
export function ddl(sql: string, dialect: Dialect): string {
  if (dialect === 'sqlite') {
    return sql
      .replace(/\bSERIAL\b/g, 'INTEGER PRIMARY KEY')
      .replace(/\bINT\b/g, 'INTEGER')
      .replace(/\bBYTES\b/g, 'BLOB')
      .replace(/^\s*COMMITTED_BY.*\n/gm, '')
  }
  return sql
    .replace(/\bSERIAL\b/g, 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY')
    .replace(/\bINT\b/g, 'BIGINT')
    .replace(/\bTEXT\b/g, 'TEXT COLLATE "C"')
    .replace(/\bBYTES\b/g, 'BYTEA')
    .replace(/\bCOMMITTED_BY\b/g, 'xid XID8 NOT NULL DEFAULT pg_current_xact_id()')
    .replace(/\) WITHOUT ROWID$/, ')')
}

/** What a step runs on a database, in its words. */
export function statementsOf({ statements }: Migration, dialect: Dialect): readonly string[] {
  return statements.flatMap((entry) => {
    if (typeof entry === 'string') return [ddl(entry, dialect)]
    return dialect === 'postgres' ? [ddl(entry.postgres, dialect)] : []
  })
}

/** The migrations that are still to run, or `SchemaTooNew`. */
export function due(migrations: readonly Migration[], current: number): readonly Migration[] {
  const known = migrations.at(-1)?.version ?? 0
  if (current > known) throw new SchemaTooNew(current, known)
  return migrations.filter(({ version }) => version > current)
}
