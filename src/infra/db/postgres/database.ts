import pg from 'pg'
import { makeId } from '../../../base/ids.ts'
import { Unavailable } from '../../../base/unavailable.ts'
import type { Database } from '../database.ts'
import { MAX_RETRIES } from '../limits.ts'
import { type AnyStatement, type Params, type Statement, statement, type Value, valuesOf } from '../statement.ts'
import { type Op, type Tx, tx, type Work, type Write } from '../transaction.ts'
import { asking, isRetryable, violates } from './errors.ts'

const INT8 = 20

const COMMIT_SYNCS = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`

const REMEMBER = statement<{ id: string; answer: string }>('INSERT INTO applied (id, answer) VALUES ($id, $answer)')
const RECALL = statement<{ id: string }, { answer: string }>('SELECT answer FROM applied WHERE id = $id')

/** How to reach PostgreSQL, and how many connections a thread may hold. */
export interface PostgresOptions {
  readonly url: string
  readonly connections: number
  /** What the server calls these connections (`application_name`): at most 63 letters. */
  readonly name?: string
}

/**
 * PostgreSQL 15 or later. The same named writes as on SQLite, each in a transaction of its own on a pooled
 * connection; PostgreSQL groups their syncs. Serialization failures and deadlocks are run again, and so is what found
 * a row taken that was not there when it looked. When the connection breaks during COMMIT the write's id is looked up
 * before anything is said or done again.
 */
export class PostgresDatabase implements Database {
  readonly dialect = 'postgres'
  readonly #pool: pg.Pool

  constructor(options: PostgresOptions) {
    this.#pool = new pg.Pool({
      connectionString: options.url,
      application_name: options.name ?? 'merpati',
      max: options.connections,
      connectionTimeoutMillis: 10_000,
      statement_timeout: 60_000,
      lock_timeout: 10_000,
      // What has been answered 250 must outlive a power cut, whatever the server's usual setting is. The pool awaits it.
      onConnect: (client): Promise<unknown> => client.query(COMMIT_SYNCS),
      // 64-bit integers arrive as text; ours are all below 2^53.
      types: { getTypeParser: ((oid: number, format?: 'text') => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format))) as typeof pg.types.getTypeParser },
    })
    this.#pool.on('error', () => {}) // An idle connection broke: the pool has dropped it, and the next query says so if it matters.
  }

  async write<A, R>(write: Write<A, R>, args: A, id: string = makeId('w', Date.now())): Promise<R> {
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#attempt(write, args, id)
      if (outcome.kind === 'done') return outcome.value
      if (outcome.kind === 'unknown') {
        const known = await this.one(RECALL, { id })
        if (known !== null) return JSON.parse(known.answer) as R
      }
      if (attempt < MAX_RETRIES) continue
      throw outcome.kind === 'taken' ? outcome.error : new Unavailable('database', { cause: outcome.error })
    }
  }

  async one<P extends Params, R>(statement: Statement<P, R>, params: P): Promise<R | null> {
    return (await this.all(statement, params))[0] ?? null
  }

  async all<P extends Params, R>(statement: Statement<P, R>, params: P): Promise<readonly R[]> {
    const query = queryOf(statement, params)
    return (await asking(() => this.#pool.query(query))).rows as R[]
  }

  async read<T>(work: (tx: Tx) => Work<T>): Promise<T> {
    const client = await asking(() => this.#pool.connect())
    try {
      await asking(() => client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'))
      const value = await drive(client, work(tx))
      await asking(() => client.query('COMMIT'))
      client.release()
      return value
    } catch (error) {
      client.release(true) // Whatever it was, a fresh connection costs less than a wrong one.
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end()
  }

  /** One transaction. `again`: it rolled back and may be repeated. `taken`: so did this, because of a row that is there already. `unknown`: whether it committed must be looked up. */
  async #attempt<A, R>(write: Write<A, R>, args: A, id: string): Promise<Attempt<R>> {
    const client = await asking(() => this.#pool.connect())
    let committing = false
    try {
      await asking(() => client.query('BEGIN'))
      const value = await drive(client, write.run(tx, args))
      await drive(client, tx.run(REMEMBER, { id, answer: JSON.stringify(value ?? null) }))
      committing = true
      await asking(() => client.query('COMMIT'))
      client.release()
      return { kind: 'done', value }
    } catch (error) {
      const again = isRetryable(error)
      const broken = error instanceof Unavailable && !again
      if (!broken) await client.query('ROLLBACK').catch(() => {}) // Broken meanwhile: the pool drops it at its next use.
      client.release(broken)
      if (violates(error, 'applied_pkey') || (broken && committing)) return { kind: 'unknown', error }
      if (again) return { kind: 'again', error }
      // It looked before another one committed: the next time it sees what is there, and says so.
      if (violates(error)) return { kind: 'taken', error }
      throw error
    }
  }
}

type Attempt<R> =
  | { readonly kind: 'done'; readonly value: R }
  | { readonly kind: 'again'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly error: unknown }
  | { readonly kind: 'taken'; readonly error: unknown }

async function drive<T>(client: pg.PoolClient, work: Work<T>): Promise<T> {
  let turn = work.next()
  while (turn.done !== true) turn = work.next(await obey(client, turn.value))
  return turn.value
}

async function obey(client: pg.PoolClient, op: Op): Promise<unknown> {
  const query = queryOf(op.statement, op.params)
  const result = await asking(() => client.query(query))
  switch (op.want) {
    case 'changed':
      return result.rowCount ?? 0
    case 'one':
      return result.rows[0] ?? null
    case 'all':
      return result.rows
  }
}

/** Named, so that each connection prepares it once. */
function queryOf(statement: AnyStatement, params: Params): pg.QueryConfig<Value[]> {
  const values = valuesOf(statement, params)
  return { name: statement.key, text: statement.postgres, values: values.map(wireForm) as Value[] }
}

/** `pg` sends a Buffer as bytea and would send a plain Uint8Array as JSON. */
function wireForm(value: Value): Value | Buffer {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length) : value
}
