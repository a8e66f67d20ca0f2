import type { AnyStatement, Params, Statement } from './statement.ts'

/** One statement on its way to the database, with what the caller wants back. */
export interface Op {
  readonly want: 'changed' | 'one' | 'all'
  readonly statement: AnyStatement
  readonly params: Params
}

/**
 * A piece of work inside a transaction: yields statements, is given their results, returns a value.
 * SQLite runs it to its end at once; PostgreSQL awaits each statement.
 */
export type Work<T> = Generator<Op, T, unknown>

/** What work may do with the database. Its methods are used with `yield*`. */
export interface Tx {
  /** Runs a statement and tells how many rows it touched. */
  run<P extends Params>(statement: Statement<P, unknown>, params: P): Work<number>
  /** The first row, or null. */
  one<P extends Params, R>(statement: Statement<P, R>, params: P): Work<R | null>
  /** All rows. The statement limits them: at most 500. */
  all<P extends Params, R>(statement: Statement<P, R>, params: P): Work<readonly R[]>
}

/** The one `Tx`: it only describes statements; the driver that runs the work obeys them. */
export const tx: Tx = {
  *run(statement, params) {
    return (yield { want: 'changed', statement, params }) as number
  },
  *one(statement, params) {
    // The driver returns rows in the shape that the statement's author promised with `R`.
    return (yield { want: 'one', statement, params }) as never
  },
  *all(statement, params) {
    return (yield { want: 'all', statement, params }) as never
  },
}

/**
 * A write: named, so that it can be posted to another thread, and deterministic, without time, randomness or I/O of
 * its own, so that a batch can be run again. Arguments and result are plain data (structured clone, JSON).
 *
 * A refusal is a return value, and whatever was written before it stays. A throw undoes the whole write.
 */
export interface Write<A, R> {
  readonly name: string
  readonly run: (tx: Tx, args: A) => Work<R>
  /** Octets of bytes in the arguments, to bound what waits for the writer. Rows weigh little beside them. */
  readonly bytes: (args: A) => number
}

const writes = new Map<string, Write<unknown, unknown>>()

/**
 * Defines a write and registers it under its name, `feature.verb`. One that carries bytes says how many. Such arrays must own their
 * memory: of a view into a pool (a small `Buffer`) the whole pool would travel to the writer.
 */
export function write<A, R>(name: string, run: (tx: Tx, args: A) => Work<R>, bytes: (args: A) => number = () => 0): Write<A, R> {
  if (writes.has(name)) throw new Error(`two writes are named ${name}`)
  const made = { name, run, bytes }
  writes.set(name, made as Write<unknown, unknown>)
  return made
}

/** The write of that name. Throws when the thread did not load the file that defines it: that is a bug. */
export function writeNamed(name: string): Write<unknown, unknown> {
  const found = writes.get(name)
  if (found === undefined) throw new Error(`no write is named ${name}`)
  return found
}
