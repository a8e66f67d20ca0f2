import type { Database } from '../../infra/db/database.ts'
import type { OpenEntry } from './entry.ts'
import { writeAudited } from './sql.ts'

/** Whoever changes something through a database. */
export interface Acting {
  /** The entry of what he does, the same for all of it. Asked before each write, by its name and arguments; null for one that is no administration. */
  entry(write: string, args: unknown): Promise<OpenEntry | null>
}

/**
 * A database that knows who acts: each write appends his entry to the audit log in its own transaction. So nothing that goes through it can be committed without an entry, whoever wrote
 * the route or the command. `acting` null: nobody does, and it is the database as it is.
 */
export class AuditedDatabase implements Database {
  readonly #db: Database
  readonly #acting: () => Acting | null

  constructor(db: Database, acting: () => Acting | null) {
    this.#db = db
    this.#acting = acting
  }

  get dialect(): Database['dialect'] {
    return this.#db.dialect
  }

  readonly one: Database['one'] = (statement, params) => this.#db.one(statement, params)

  readonly all: Database['all'] = (statement, params) => this.#db.all(statement, params)

  readonly read: Database['read'] = (work) => this.#db.read(work)

  readonly write: Database['write'] = async (write, args, id) => {
    const entry = (await this.#acting()?.entry(write.name, args)) ?? null
    return entry === null ? await this.#db.write(write, args, id) : await writeAudited(this.#db, { write, args, id }, entry)
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#db[Symbol.asyncDispose]()
  }
}
