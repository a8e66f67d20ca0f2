import type { MessagePort } from 'node:worker_threads'
import { MAX_BATCH } from '../limits.ts'
import { BatchRunner, type WriteAnswer, type WriteRequest } from './batch.ts'
import type { SqliteConnection } from './connection.ts'

/** What a client posts: writes it wants done, numbered by itself. */
export interface PostedWrite extends WriteRequest {
  readonly seq: number
  /** Nobody waits for the answer after this time: by then the peer has heard that it must try again. */
  readonly untilMs: number
}

/** What it gets back: one entry per finished write. */
export type PostedAnswer = readonly [seq: number, answer: WriteAnswer]

/**
 * The writer: owns the one write connection and serves any number of ports. Whatever arrived while the last batch
 * was on its way to disk is the next batch. A write that nobody waits for any more is not done: its caller was told no.
 */
export class Writer {
  readonly #connection: SqliteConnection
  readonly #runner: BatchRunner
  readonly #waiting: { readonly post: PostedWrite; readonly answer: (answer: PostedAnswer) => void }[] = []
  #scheduled = false

  constructor(connection: SqliteConnection) {
    this.#connection = connection
    this.#runner = new BatchRunner(connection)
  }

  /** Serves a client's port until it closes. */
  attach(port: MessagePort): void {
    let answers: PostedAnswer[] = []
    const answer = (finished: PostedAnswer): void => {
      if (answers.push(finished) === 1) {
        queueMicrotask(() => {
          port.postMessage(answers)
          answers = []
        })
      }
    }
    port.on('message', (posts: readonly PostedWrite[]) => this.accept(posts, answer))
  }

  /** Takes writes and runs them after this turn of the event loop, so that other ports' writes join the batch. */
  accept(posts: readonly PostedWrite[], answer: (answer: PostedAnswer) => void): void {
    for (const post of posts) this.#waiting.push({ post, answer })
    this.#schedule()
  }

  /**
   * Copies what is left of the write-ahead log, between two batches: `startCheckpoints` has copied nearly all of it. With
   * nothing left the next batch begins the log again at its start.
   */
  settle(): void {
    this.#connection.checkpoint('PASSIVE')
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      const nowMs = Date.now()
      const batch = this.#waiting.splice(0, MAX_BATCH).filter(({ post }) => post.untilMs > nowMs)
      const answers = batch.length === 0 ? [] : this.#runner.run(batch.map(({ post }) => post))
      batch.forEach(({ post, answer }, i) => answer([post.seq, answers[i] as WriteAnswer]))
      this.#schedule()
    })
  }
}
