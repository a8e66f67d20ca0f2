import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { Log } from '../base/log.ts'
import type { FromWorker, ToWorker, ToWriter, WorkerBirth, WriterBirth } from './thread/messages.ts'

/** Wait before a thread that died is started again; doubled each time, up to the limit, until it has lived for a while. */
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 5_000
const LIVED_MS = 30_000

/** Starts threads, and starts them again when they die. */
export interface Supervisor {
  /** Resolves when every protocol thread listens. Rejects when one cannot. */
  readonly ready: Promise<void>
  /** Connects one more user of the writer: main itself. Null on PostgreSQL. */
  connectWriter(connect: (port: MessagePort) => void): void
  /** Tells the writer that the log is nearly copied. */
  settle(): void
  /** For tests: ends the writer as a crash would. */
  killWriter(): Promise<void>
  /** Drains the protocol threads, then ends the writer. */
  stop(): Promise<void>
}

/** What the threads are made from. `writer` is null when the database needs none. */
export interface SupervisorOptions {
  readonly writer: WriterBirth | null
  readonly workers: readonly WorkerBirth[]
  /** Joins a new protocol thread to the metrics of the process: calls back with the thread's end of a port. */
  readonly metrics: (attach: (port: MessagePort) => void) => void
  readonly log: Log
  /** Called when a thread has died. */
  readonly died: (thread: 'writer' | 'worker') => void
}

const HEAP = { maxYoungGenerationSizeMb: 32 }

/** Starts the writer and the protocol threads, and keeps them running until `stop`. */
export function supervise(options: SupervisorOptions): Supervisor {
  const { log } = options
  const users = new Set<(port: MessagePort) => void>()
  const running = new Map<number, Worker>()
  const exits = new Set<Promise<void>>()
  let writer: Worker | null = null
  let stopping = false

  const keep = (thread: 'writer' | 'worker', start: () => Worker): void => {
    let waitMs = FIRST_WAIT_MS
    const run = (): void => {
      const bornMs = Date.now()
      const worker = start()
      const exit = new Promise<void>((resolve) => {
        worker.once('error', (error) => log.error('thread.crashed', { thread, error }))
        worker.once('exit', (code) => {
          resolve()
          if (stopping) return
          waitMs = Date.now() - bornMs > LIVED_MS ? FIRST_WAIT_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS)
          log.warn('thread.died', { thread, code, againInMs: waitMs })
          options.died(thread)
          setTimeout(run, waitMs)
        })
      })
      exits.add(exit)
      void exit.then(() => exits.delete(exit))
    }
    run()
  }

  if (options.writer !== null) {
    const birth = options.writer
    keep('writer', () => {
      writer = new Worker(new URL('./thread/writer.ts', import.meta.url), { workerData: birth })
      for (const connect of users) connectUser(writer, connect)
      return writer
    })
  }
  const connectWriter = (connect: (port: MessagePort) => void): void => {
    users.add(connect)
    if (writer !== null) connectUser(writer, connect)
  }
  const ready = options.workers.map(
    (birth) =>
      new Promise<void>((resolve, reject) => {
        keep('worker', () => {
          const worker = new Worker(new URL('./thread/worker.ts', import.meta.url), { workerData: birth, resourceLimits: HEAP })
          const connect = (port: MessagePort): void => worker.postMessage({ kind: 'writer', port } satisfies ToWorker, [port])
          running.set(birth.number, worker)
          if (options.writer !== null) connectWriter(connect)
          options.metrics((port) => worker.postMessage({ kind: 'metrics', port } satisfies ToWorker, [port]))
          worker.once('exit', () => users.delete(connect))
          worker.once('message', (message: FromWorker) => message.kind === 'ready' && resolve())
          worker.once('error', reject)
          return worker
        })
      }),
  )
  return {
    ready: Promise.all(ready).then(() => {}),
    connectWriter,
    settle: () => writer?.postMessage({ kind: 'settle' } satisfies ToWriter),
    async killWriter() {
      await writer?.terminate()
    },
    async stop() {
      stopping = true
      const gone = [...running.values()].map((worker) => new Promise((resolve) => worker.once('exit', resolve)))
      for (const worker of running.values()) worker.postMessage({ kind: 'drain' } satisfies ToWorker)
      await Promise.all(gone)
      await writer?.terminate()
    },
  }
}

function connectUser(writer: Worker, connect: (port: MessagePort) => void): void {
  const { port1, port2 } = new MessageChannel()
  writer.postMessage({ kind: 'client', port: port1 } satisfies ToWriter, [port1])
  connect(port2)
}
