import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { Log } from '../base/log.ts'
import type { FromWorker, ToWorker, ToWriter, WorkerBirth, WriterBirth } from './thread/messages.ts'

/** Wait before a thread that died is started again; doubled each time, up to the limit, until it has lived for a while. */
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 5_000
const LIVED_MS = 30_000

/** A worker that has not ended this long after its drain should be over is cut off. */
const GRACE_MS = 5_000

/** Short-lived objects of a connection die young with this much room, and a collection costs less. */
const HEAP = { maxYoungGenerationSizeMb: 32 }

/** What the threads are made from. `writer` is null when the database needs none. */
export interface SupervisorOptions {
  readonly writer: WriterBirth | null
  readonly workers: readonly WorkerBirth[]
  /** Joins a new protocol thread to the metrics of the process: calls back with the thread's end of a port. */
  readonly metrics: (attach: (port: MessagePort) => void) => void
  readonly drainMs: number
  readonly log: Log
  /** Called when a thread has died. */
  readonly died: (thread: 'writer' | 'worker') => void
}

type Connect = (port: MessagePort) => void

/** Starts the writer and the protocol threads, and starts them again when they die, until it is told to stop. */
export class Supervisor {
  readonly #options: SupervisorOptions
  /** Everybody who writes: each new writer is connected to all of them. */
  readonly #users = new Set<Connect>()
  readonly #workers = new Map<number, Worker>()
  #writer: Worker | null = null
  #stopping = false

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Starts all threads. Resolves when every protocol thread listens; rejects when one cannot. */
  async start(): Promise<void> {
    if (this.#options.writer !== null) this.#startWriter(this.#options.writer, FIRST_WAIT_MS)
    await Promise.all(this.#options.workers.map((birth) => this.#startWorker(birth, FIRST_WAIT_MS)))
  }

  /** Connects one more user of the writer, to this one and all that follow. */
  connectWriter(connect: Connect): void {
    this.#users.add(connect)
    if (this.#writer !== null) join(this.#writer, connect)
  }

  /** Tells the writer that the log is nearly copied. */
  settle(): void {
    this.#writer?.postMessage({ kind: 'settle' } satisfies ToWriter)
  }

  /** For tests: ends the writer as a crash would. */
  async killWriter(): Promise<void> {
    await this.#writer?.terminate()
  }

  /** Drains the protocol threads, then ends the writer. */
  async stop(): Promise<void> {
    this.#stopping = true
    const workers = [...this.#workers.values()]
    const gone = Promise.all(workers.map((worker) => once(worker, 'exit')))
    for (const worker of workers) worker.postMessage({ kind: 'drain' } satisfies ToWorker)
    await Promise.race([gone, wait(this.#options.drainMs + GRACE_MS, undefined, { ref: false })])
    await Promise.all([...workers, this.#writer].map((worker) => worker?.terminate()))
  }

  #startWriter(birth: WriterBirth, waitMs: number): void {
    const writer = new Worker(new URL('./thread/writer.ts', import.meta.url), { workerData: birth })
    this.#writer = writer
    for (const connect of this.#users) join(writer, connect)
    this.#watch('writer', writer, waitMs, (nextMs) => this.#startWriter(birth, nextMs))
  }

  async #startWorker(birth: WorkerBirth, waitMs: number): Promise<void> {
    const worker = new Worker(new URL('./thread/worker.ts', import.meta.url), { workerData: birth, resourceLimits: HEAP })
    const tell = (message: ToWorker, port: MessagePort): void => worker.postMessage(message, [port])
    const connect: Connect = (port) => tell({ kind: 'writer', port }, port)
    this.#workers.set(birth.number, worker)
    if (this.#options.writer !== null) this.connectWriter(connect)
    this.#options.metrics((port) => tell({ kind: 'metrics', port }, port))
    this.#watch('worker', worker, waitMs, (nextMs) => {
      this.#users.delete(connect)
      void this.#startWorker(birth, nextMs).catch(() => {}) // It failed again: `#watch` has logged it and tries once more.
    })
    const [message] = (await once(worker, 'message')) as [FromWorker]
    if (message.kind !== 'ready') throw new Error('a protocol thread said something else than that it is ready')
  }

  /** Logs a death and starts again after a while. */
  #watch(thread: 'writer' | 'worker', worker: Worker, waitMs: number, again: (nextMs: number) => void): void {
    const { log, died } = this.#options
    const bornMs = Date.now()
    worker.on('error', (error) => log.error('thread.crashed', { thread, error }))
    worker.once('exit', (code) => {
      if (this.#stopping) return
      const afterMs = Date.now() - bornMs > LIVED_MS ? FIRST_WAIT_MS : waitMs
      log.warn('thread.died', { thread, code, againInMs: afterMs })
      died(thread)
      setTimeout(() => again(Math.min(afterMs * 2, LONGEST_WAIT_MS)), afterMs)
    })
  }
}

function join(writer: Worker, connect: Connect): void {
  const { port1, port2 } = new MessageChannel()
  writer.postMessage({ kind: 'client', port: port1 } satisfies ToWriter, [port1])
  connect(port2)
}
