import type { Dialect, Params, Statement } from './statement.ts'
import type { Tx, Work, Write } from './transaction.ts'

/**
 * The database, as core's `sql.ts` files see it. Two drivers: `sqlite/` and `postgres/`.
 *
 * Every method throws `Unavailable` when the database does not answer or has no room; then nothing of that call was
 * done, except a write whose answer was lost, which is looked up by its id before the throw.
 */
export interface Database extends AsyncDisposable {
  readonly dialect: Dialect
  /** Runs a registered write in a transaction of its own, durable when it resolves. `id` makes it happen once: a repeated id gives the first answer. */
  write<A, R>(write: Write<A, R>, args: A, id?: string): Promise<R>
  /** The first row, or null, from what is committed now. */
  one<P extends Params, R>(statement: Statement<P, R>, params: P): Promise<R | null>
  /** All rows (the statement limits them to at most 500). */
  all<P extends Params, R>(statement: Statement<P, R>, params: P): Promise<readonly R[]>
  /** Several reads of one moment. The work only reads, and ends without awaiting anything else. */
  read<T>(work: (tx: Tx) => Work<T>): Promise<T>
}
