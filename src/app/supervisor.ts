import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { Log } from '../base/log.ts'
import type { Certificate } from '../infra/net/tls.ts'
import { threadEnv } from './thread/env.ts'
import type { FromWorker, ToWorker, ToWriter, WorkerBirth, WriterBirth } from './thread/messages.ts'

/** Wait before a thread that died is started again; doubled each time, up to the limit, until it has lived for a while. */
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 5_000
const LIVED_MS = 30_000

/** A worker that has not ended this long after its drain should be over is cut off. */
const GRACE_MS = 5_000

/** Room for what dies young: what the messages under way hold is copied at each collection, so that few of them are cheaper. */
const WRITER_HEAP = { maxYoungGenerationSizeMb: 16 }
const WORKER_HEAP = { maxYoungGenerationSizeMb: 48 }

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
  /** Protocol threads that are alive. */
  readonly #workers = new Set<Worker>()
  #writer: Worker | null = null
  #certificates: readonly Certificate[] = []
  /** While it drains, a dead writer still gets a successor, because messages under way need one; a dead worker does not. */
  #state: 'running' | 'draining' | 'stopped' = 'running'

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Starts all threads. Resolves when every protocol thread listens; rejects when one cannot, and then wants a `stop`. */
  async start(): Promise<void> {
    // The launcher keeps main's own nursery small by this flag, which V8 heeds more than what a thread is given: from here on it says nothing.
    setFlagsFromString('--max-semi-space-size=0')
    if (this.#options.writer !== null) this.#startWriter(this.#options.writer, FIRST_WAIT_MS)
    await Promise.all(this.#options.workers.map((birth) => this.#startWorker(birth, FIRST_WAIT_MS)))
  }

  /** Connects one more user of the writer, to this one and all that follow. */
  connectWriter(connect: Connect): void {
    this.#users.add(connect)
    if (this.#writer !== null) join(this.#writer, connect)
  }

  /** Gives every protocol thread these certificates, and all that follow. */
  setCertificates(certificates: readonly Certificate[]): void {
    this.#certificates = certificates
    for (const worker of this.#workers) worker.postMessage({ kind: 'certificates', certificates } satisfies ToWorker)
  }

  /** Tells the writer that the log is nearly copied. */
  settle(): void {
    this.#writer?.postMessage({ kind: 'settle' } satisfies ToWriter)
  }

  /** For tests: ends the writer as a crash would. */
  async killWriter(): Promise<void> {
    await this.#writer?.terminate()
  }

  /** For tests: one protocol thread throws what nobody catches. */
  crashWorker(): void {
    const [worker] = this.#workers
    worker?.postMessage({ kind: 'crash' } satisfies ToWorker)
  }

  /** Drains the protocol threads, then ends the writer. */
  async stop(): Promise<void> {
    this.#state = 'draining'
    const workers = [...this.#workers]
    const gone = Promise.all(workers.map(ended))
    for (const worker of workers) worker.postMessage({ kind: 'drain' } satisfies ToWorker)
    await Promise.race([gone, wait(this.#options.drainMs + GRACE_MS, undefined, { ref: false })])
    this.#state = 'stopped'
    await Promise.all([...this.#workers, this.#writer].map((worker) => worker?.terminate()))
  }

  #startWriter(birth: WriterBirth, waitMs: number): void {
    const writer = new Worker(new URL('./thread/writer.ts', import.meta.url), { workerData: birth, resourceLimits: WRITER_HEAP, env: threadEnv() })
    this.#writer = writer
    for (const connect of this.#users) join(writer, connect)
    this.#watch('writer', writer, waitMs, (nextMs) => this.#startWriter(birth, nextMs))
  }

  async #startWorker(birth: WorkerBirth, waitMs: number): Promise<void> {
    const worker = new Worker(new URL('./thread/worker.ts', import.meta.url), { workerData: { ...birth, certificates: this.#certificates } satisfies WorkerBirth, resourceLimits: WORKER_HEAP, env: threadEnv() })
    const tell = (message: ToWorker, port: MessagePort): void => worker.postMessage(message, [port])
    const connect: Connect = (port) => tell({ kind: 'writer', port }, port)
    this.#workers.add(worker)
    worker.once('exit', () => {
      this.#workers.delete(worker)
      this.#users.delete(connect)
    })
    if (this.#options.writer !== null) this.connectWriter(connect)
    this.#options.metrics((port) => tell({ kind: 'metrics', port }, port))
    this.#watch('worker', worker, waitMs, (nextMs) => {
      void this.#startWorker(birth, nextMs).catch(() => {}) // It failed again: `#watch` has logged it and tries once more.
    })
    await ready(worker)
  }

  /** Logs a death and starts again after a while, unless nobody needs the thread any more. */
  #watch(thread: 'writer' | 'worker', worker: Worker, waitMs: number, again: (nextMs: number) => void): void {
    const { log, died } = this.#options
    const bornMs = Date.now()
    worker.on('error', (error) => log.error('thread.crashed', { thread, error }))
    worker.once('exit', (code) => {
      if (!this.#needs(thread)) return
      const afterMs = Date.now() - bornMs > LIVED_MS ? FIRST_WAIT_MS : waitMs
      log.warn('thread.died', { thread, code, againInMs: afterMs })
      died(thread)
      setTimeout(() => {
        if (this.#needs(thread)) again(Math.min(afterMs * 2, LONGEST_WAIT_MS))
      }, afterMs)
    })
  }

  #needs(thread: 'writer' | 'worker'): boolean {
    return this.#state === 'running' || (this.#state === 'draining' && thread === 'writer')
  }
}

/** Resolves when a protocol thread says that it listens; rejects with what ended it before. */
function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', (_message: FromWorker) => resolve()) // It says nothing else.
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('a protocol thread ended before it was ready')))
  })
}

/** Resolves when a thread has ended, however. */
function ended(worker: Worker): Promise<void> {
  return new Promise((resolve) => worker.once('exit', () => resolve()))
}

function join(writer: Worker, connect: Connect): void {
  const { port1, port2 } = new MessageChannel()
  writer.postMessage({ kind: 'client', port: port1 } satisfies ToWriter, [port1])
  connect(port2)
}
