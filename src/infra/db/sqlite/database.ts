import { makeId } from '../../../base/ids.ts'
import { Unavailable } from '../../../base/unavailable.ts'
import type { Database } from '../database.ts'
import { MAX_PENDING_BYTES, MAX_PENDING_WRITES, WRITE_WITHIN_MS } from '../limits.ts'
import type { Params, Statement } from '../statement.ts'
import { type Tx, tx, type Work, type Write } from '../transaction.ts'
import type { WriteAnswer } from './batch.ts'
import type { SqliteConnection } from './connection.ts'
import type { PostedAnswer, PostedWrite } from './writer.ts'

/** The way to the writer. Whoever starts it (a thread, or this one) gives it to the database. */
export interface WriterLink {
  /** Hands writes over; their answers come back through the function given to `connect`. */
  readonly post: (writes: readonly PostedWrite[]) => void
}

interface Pending {
  readonly post: PostedWrite
  readonly bytes: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * SQLite as a thread of the program sees it: reads run here at once on a connection of this thread, writes go to
 * the writer. What is asked within one turn of the event loop is posted together.
 */
export class SqliteDatabase implements Database {
  readonly dialect = 'sqlite'
  readonly #reader: SqliteConnection
  readonly #pending = new Map<number, Pending>()
  readonly #sweep: NodeJS.Timeout
  readonly #withinMs: number
  #link: WriterLink | null = null
  #outbox: PostedWrite[] = []
  #bytes = 0
  #seq = 0

  constructor(reader: SqliteConnection, options: { readonly writeWithinMs?: number } = {}) {
    this.#reader = reader
    this.#withinMs = options.writeWithinMs ?? WRITE_WITHIN_MS
    this.#sweep = setInterval(() => this.#giveUp(), Math.min(1_000, this.#withinMs)).unref()
  }

  /** Writes waiting for their answer. */
  get pending(): number {
    return this.#pending.size
  }

  /**
   * Connects to a writer, the first one or its successor. Writes that the last one never answered are asked again
   * by id, so each is done once. Returns where the answers go.
   */
  connect(link: WriterLink): (answers: readonly PostedAnswer[]) => void {
    this.#link = link
    this.#outbox = []
    if (this.#pending.size > 0) link.post([...this.#pending.values()].map(({ post }) => ({ ...post, again: true })))
    return (answers) => {
      for (const [seq, answer] of answers) this.#settle(seq, answer)
    }
  }

  write<A, R>(write: Write<A, R>, args: A, id: string = makeId('w', Date.now())): Promise<R> {
    const bytes = write.bytes(args)
    if (this.#pending.size >= MAX_PENDING_WRITES || this.#bytes + bytes > MAX_PENDING_BYTES) return Promise.reject(new Unavailable('writer'))
    return new Promise<unknown>((resolve, reject) => {
      const post: PostedWrite = { seq: ++this.#seq, id, name: write.name, args, untilMs: Date.now() + this.#withinMs }
      this.#pending.set(post.seq, { post, bytes, resolve, reject })
      this.#bytes += bytes
      if (this.#outbox.push(post) === 1) setImmediate(() => this.#send())
    }) as Promise<R>
  }

  async one<P extends Params, R>(statement: Statement<P, R>, params: P): Promise<R | null> {
    return this.#reader.work(tx.one(statement, params))
  }

  async all<P extends Params, R>(statement: Statement<P, R>, params: P): Promise<readonly R[]> {
    return this.#reader.work(tx.all(statement, params))
  }

  async read<T>(work: (tx: Tx) => Work<T>): Promise<T> {
    this.#reader.exec('BEGIN')
    try {
      return this.#reader.work(work(tx))
    } finally {
      if (this.#reader.inTransaction) this.#reader.exec('COMMIT')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweep)
    for (const { reject } of this.#pending.values()) reject(new Unavailable('writer'))
    this.#pending.clear()
    this.#reader[Symbol.dispose]()
  }

  #send(): void {
    const posts = this.#outbox
    this.#outbox = []
    if (posts.length > 0) this.#link?.post(posts)
  }

  #settle(seq: number, answer: WriteAnswer): void {
    const pending = this.#pending.get(seq)
    if (pending === undefined) return // Given up on, or answered by two writers.
    this.#pending.delete(seq)
    this.#bytes -= pending.bytes
    if (answer.kind === 'done') return pending.resolve(answer.value)
    if (answer.kind === 'unavailable') return pending.reject(new Unavailable('database', { cause: answer.message, full: answer.full }))
    return pending.reject(new Error(`write ${pending.post.name} failed: ${answer.message}`, { cause: answer.stack }))
  }

  #giveUp(): void {
    const nowMs = Date.now()
    for (const [seq, { post }] of this.#pending) {
      if (post.untilMs > nowMs) return // In order of age.
      this.#settle(seq, { kind: 'unavailable', full: false, message: 'no answer from the writer' })
    }
  }
}
