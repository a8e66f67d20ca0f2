import { Unavailable } from '../../../base/unavailable.ts'
import { KEPT_BATCHES } from '../limits.ts'
import { statement } from '../statement.ts'
import { tx, writeNamed } from '../transaction.ts'
import type { SqliteConnection } from './connection.ts'

/** A write as it is posted: which, with what, and the id that makes it happen once. */
export interface WriteRequest {
  readonly id: string
  readonly name: string
  readonly args: unknown
  /** Set when an earlier answer was lost: look first whether the id has committed. */
  readonly again?: true
}

/** What became of a write. Only `done` means that it is on disk. */
export type WriteAnswer =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'unavailable'; readonly full: boolean; readonly message: string }
  | { readonly kind: 'bug'; readonly message: string; readonly stack: string }

/** Batches between two clean-ups of `applied`. */
const FORGET_EVERY = 256

const BEGIN = statement('BEGIN IMMEDIATE')
const COMMIT = statement('COMMIT')
const REMEMBER = statement<{ answers: string }>('INSERT INTO applied (answers) VALUES ($answers)')
const FORGET = statement<{ kept: number }>('DELETE FROM applied WHERE batch <= (SELECT max(batch) FROM applied) - $kept')
const RECALL = statement<{ like: string }, { answers: string }>('SELECT answers FROM applied WHERE instr(answers, $like) > 0 ORDER BY batch DESC LIMIT 1')

/**
 * Group commit: runs all writes that arrived during the previous sync as one transaction, with one sync.
 *
 * A write that throws, or a full disk, ends the whole transaction; nobody is told yes, and the writes run again one
 * by one, so that each gets its own answer. A database that lets no transaction begin is waited for once, not once a write.
 * There is no savepoint per write: failures are rare, and a
 * savepoint would cost every write two statements. The answers of a batch are kept in one row of it, so that a
 * caller whose answer was lost can ask by id.
 */
export class BatchRunner {
  readonly #connection: SqliteConnection
  #batches = 0

  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  /** Runs the writes and returns their answers in the same order. Whatever is `done` is durable. */
  run(requests: readonly WriteRequest[]): readonly WriteAnswer[] {
    try {
      this.#connection.obey({ want: 'changed', statement: BEGIN, params: {} })
    } catch (error) {
      const answer = answerOf(error)
      return requests.map(() => answer)
    }
    try {
      return this.#commit(requests)
    } catch (error) {
      this.#rollback()
      if (requests.length === 1) return [answerOf(error)]
      return requests.map((request) => this.run([request])[0] as WriteAnswer)
    }
  }

  #commit(requests: readonly WriteRequest[]): readonly WriteAnswer[] {
    const connection = this.#connection
    const answers = requests.map((request) => this.#once(request))
    const kept = JSON.stringify(requests.map((request, i) => [request.id, answers[i]?.value ?? null]))
    connection.obey({ want: 'changed', statement: REMEMBER, params: { answers: kept } })
    this.#batches += 1
    if (this.#batches % FORGET_EVERY === 0) connection.obey({ want: 'changed', statement: FORGET, params: { kept: KEPT_BATCHES } })
    connection.obey({ want: 'changed', statement: COMMIT, params: {} })
    return answers
  }

  #once(request: WriteRequest): { readonly kind: 'done'; readonly value: unknown } {
    if (request.again === true) {
      const known = this.#recall(request.id)
      if (known !== null) return { kind: 'done', value: known.value }
    }
    return { kind: 'done', value: this.#connection.work(writeNamed(request.name).run(tx, request.args)) }
  }

  #recall(id: string): { readonly value: unknown } | null {
    const row = this.#connection.obey({ want: 'one', statement: RECALL, params: { like: `["${id}",` } }) as { answers: string } | null
    if (row === null) return null
    const found = (JSON.parse(row.answers) as [string, unknown][]).find(([known]) => known === id)
    return found === undefined ? null : { value: found[1] }
  }

  #rollback(): void {
    if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK')
  }
}

function answerOf(error: unknown): WriteAnswer {
  if (error instanceof Unavailable) return { kind: 'unavailable', full: error.full, message: String(error.cause ?? error.message) }
  const bug = error instanceof Error ? error : new Error(String(error))
  return { kind: 'bug', message: bug.message, stack: bug.stack ?? '' }
}
