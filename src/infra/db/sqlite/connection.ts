import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Unavailable } from '../../../base/unavailable.ts'
import { type AnyStatement, valuesOf } from '../statement.ts'
import type { Op, Work } from '../transaction.ts'

const FULL = 13
/** BUSY, LOCKED, NOMEM, INTERRUPT, IOERR, CANTOPEN, PROTOCOL: the machine's trouble, not the statement's. */
const TROUBLE: ReadonlySet<number> = new Set([5, 6, 7, 9, 10, 14, 15])

/**
 * One SQLite connection: the only file that touches `node:sqlite`.
 *
 * Statements are prepared on first use and kept. Outages are thrown as `Unavailable`, with `full` for SQLITE_FULL;
 * other errors (a constraint, a mistake in SQL) are bugs and thrown as they come.
 */
export class SqliteConnection implements Disposable {
  readonly #db: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()

  constructor(path: string, options: { readonly readOnly: boolean }) {
    this.#db = guarded(() => new DatabaseSync(path, { readOnly: options.readOnly, timeout: 5_000 }))
  }

  /** Runs SQL text as it stands: pragmas, schema, BEGIN and COMMIT. */
  exec(sql: string): void {
    guarded(() => this.#db.exec(sql))
  }

  /** Copies the write-ahead log into the database as far as it can be done now (`PASSIVE`), or only looks (`NOOP`), or all of it, and cuts it (`TRUNCATE`). Counts are pages. */
  checkpoint(mode: 'PASSIVE' | 'NOOP' | 'TRUNCATE'): { readonly logged: number; readonly copied: number; readonly isWhole: boolean } {
    const row = guarded(() => this.#db.prepare(`PRAGMA wal_checkpoint(${mode})`).get())
    return { logged: Number(row?.['log'] ?? 0), copied: Number(row?.['checkpointed'] ?? 0), isWhole: Number(row?.['busy'] ?? 1) === 0 }
  }

  /** True between BEGIN and its end. SQLITE_FULL and its like end a transaction without being asked. */
  get inTransaction(): boolean {
    return this.#db.isTransaction
  }

  /** Runs one statement and gives what was wanted of it. */
  obey(op: Op): unknown {
    const prepared = this.#prepare(op.statement)
    const values = valuesOf(op.statement, op.params)
    return guarded(() => {
      switch (op.want) {
        case 'changed':
          return Number(prepared.run(...values).changes)
        case 'one':
          return prepared.get(...values) ?? null
        case 'all':
          return prepared.all(...values)
      }
    })
  }

  /** Runs work to its end, in whatever transaction is open. */
  work<T>(work: Work<T>): T {
    let turn = work.next()
    while (turn.done !== true) turn = work.next(this.obey(turn.value))
    return turn.value
  }

  [Symbol.dispose](): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #prepare(statement: AnyStatement): StatementSync {
    let prepared = this.#prepared.get(statement.key)
    if (prepared === undefined) {
      prepared = guarded(() => this.#db.prepare(statement.sqlite))
      this.#prepared.set(statement.key, prepared)
    }
    return prepared
  }
}

/** Turns SQLite's own trouble into `Unavailable`. */
function guarded<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0
    if (code === FULL) throw new Unavailable('database', { cause: error, full: true })
    if (TROUBLE.has(code)) throw new Unavailable('database', { cause: error })
    throw error
  }
}
