import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import type { Log } from '../base/log.ts'
import { fail, ok, type Result } from '../base/result.ts'
import { recoverSegments } from '../infra/blob/files.ts'
import type { Database } from '../infra/db/database.ts'
import { type EndpointFault, probe } from '../infra/net/probe.ts'
import { FreeSpace } from '../infra/observe/free-space.ts'
import { MetricsHub } from '../infra/observe/gather.ts'
import { Metrics } from '../infra/observe/metrics.ts'
import { birthsOf } from './births.ts'
import { openFiles } from './certificate/files.ts'
import type { Config } from './config/config.ts'
import { databasePath, forgetDeadLeases } from './database.ts'
import { settleHome } from './home.ts'
import { lockDataDir } from './lock.ts'
import { openLog } from './log.ts'
import { startMain } from './main-work.ts'
import { nodeOf } from './node.ts'
import { Supervisor } from './supervisor.ts'
import type { WorkerBirth } from './thread/messages.ts'
import { tryToMigrate } from './try-to-migrate.ts'

/**
 * The one composition root of the server. One process, a few kinds of thread, no child processes:
 *
 * - main (this file) locks the data directory, migrates, and looks whether every port is free, before anything runs: two
 *   programs that share ports by `reusePort` would both seem to listen. Then it starts the others and keeps them running
 *   (`supervisor.ts`), copies the write-ahead log, and runs the jobs that are one node's at a time (`jobs.ts`).
 * - Protocol workers (`worker.ts`), all alike: each opens every listener, and the kernel spreads the connections. What
 *   nobody catches ends one worker with its connections; its successor has new ports to everybody.
 * - One writer (`thread/writer.ts`; embedded database only) owns the write connection. Everybody else posts named writes
 *   to it over a port of their own. When it dies, its successor is asked again, by id, for whatever was not answered.
 *
 * To stop: workers close their listeners, sessions end at a command boundary, messages under way finish; the writer ends last.
 */
export interface Server {
  readonly config: Config
  readonly db: Database
  readonly log: Log
  /** Stops accepting, lets messages under way finish (at most `config.drainMs`), closes everything. */
  stop(): Promise<void>
  /** Looks whether files of certificates were replaced, now instead of within a minute. */
  reload(): Promise<void>
  /** For tests: ends the writer thread as a crash would. */
  killWriter(): Promise<void>
  /** For tests: lets one protocol thread throw what nobody catches. */
  crashWorker(): void
}

/** What a start does besides: the demo makes its certificate and its people. */
export interface Preparation {
  /** Before any thread exists; the data directory is ours. */
  beforeThreads(): Promise<void>
  /** While the threads start: the database can be written. */
  withDatabase(db: Database): Promise<void>
}

const NOTHING: Preparation = { async beforeThreads() {}, async withDatabase() {} }

/** Segments that a crash left are looked through at the start; a disk that is silent for longer is dead. */
const RECOVER_WITHIN_MS = 600_000

/** Starts the server. The refusal is one line that says what is wrong and what to do; nothing is running then. */
export async function serve(config: Config, prepare: Preparation = NOTHING): Promise<Result<Server, string>> {
  const lock = lockDataDir(config.dataDir)
  if (!lock.ok) return lock
  let started: Result<Server, string> | null = null
  try {
    return (started = await startLocked(config, prepare, lock.value.release))
  } finally {
    if (started?.ok !== true) lock.value.release()
  }
}

async function startLocked(config: Config, prepare: Preparation, unlock: () => void): Promise<Result<Server, string>> {
  const free = await probe(config.listeners)
  if (!free.ok) return fail(describe(free.error))
  for (const folder of ['log', 'segments', 'tls']) mkdirSync(join(config.dataDir, folder), { recursive: true, mode: 0o750 })
  const migrated = await tryToMigrate(config)
  if (!migrated.ok) return migrated
  const node = nodeOf(config.dataDir)
  await forgetDeadLeases(config, node)
  const home = await settleHome(config)
  if (!home.ok) return home
  await prepare.beforeThreads()
  const births = birthsOf(config, node)
  const files = openFiles(config)
  if (!files.ok) return files
  const { log, sink } = openLog(config, { thread: 'main' })
  const lastWords = (): void => sink.flushSync()
  process.on('uncaughtExceptionMonitor', lastWords)
  await recoverSegments(join(config.dataDir, 'segments'), AbortSignal.timeout(RECOVER_WITHIN_MS))
  const space = await FreeSpace.watch({
    folder: config.dataDir,
    reserveBytes: config.limits.freeBytes,
    changed: (low, freeBytes) => (low ? log.warn('disk.low', { freeBytes }) : log.info('disk.has_room', { freeBytes })),
  })
  const metrics = new Metrics()
  const supervisor = makeSupervisor(config, births, metrics, space, log)
  const opened = Promise.withResolvers<void>()
  const main = await startMain(config, { node, supervisor, files: files.value, opened: opened.promise, metrics, log })
  const stop = async (): Promise<void> => {
    log.info('server.stopping')
    opened.resolve()
    await main.stop()
    await supervisor.stop()
    await main.close()
    space[Symbol.dispose]()
    log.info('server.stopped')
    process.off('uncaughtExceptionMonitor', lastWords)
    await sink[Symbol.asyncDispose]()
    unlock()
  }
  try {
    await Promise.all([supervisor.start(), prepare.withDatabase(main.db)])
  } catch (error) {
    await stop()
    throw error
  }
  opened.resolve()
  log.info('server.started', { mode: config.mode, workers: config.workers })
  return ok({ config, db: main.db, log, reload: main.reload, killWriter: () => supervisor.killWriter(), crashWorker: () => supervisor.crashWorker(), stop })
}

function makeSupervisor(config: Config, workers: readonly WorkerBirth[], metrics: Metrics, space: FreeSpace, log: Log): Supervisor {
  metrics.collectProcess()
  metrics.measured('merpati_disk_free_bytes', 'Room on the disk of the data directory.', () => space.freeBytes)
  const deaths = metrics.counter('merpati_thread_deaths_total', 'Threads that died and were started again.', ['thread'])
  const hub = new MetricsHub(metrics, log)
  return new Supervisor({
    writer: config.database.kind === 'sqlite' ? { path: databasePath(config) } : null,
    workers,
    metrics: (attach) => {
      const { port1, port2 } = new MessageChannel()
      hub.attach(port1)
      attach(port2)
    },
    drainMs: config.drainMs,
    log,
    died: (thread) => deaths.inc({ thread }),
  })
}

const REASONS: Readonly<Record<EndpointFault['reason'], readonly [what: string, todo: string]>> = {
  'in-use': ['is in use', 'stop what listens there, or choose other ports (MERPATI_PORT_OFFSET for the demo)'],
  denied: ['may not be used by this user', 'give the program CAP_NET_BIND_SERVICE, or choose ports over 1023'],
  'no-address': ['is no address of this machine', 'choose one that is, or "::" for all of them'],
}

/** Ports that cannot be had, in one line: the first, what is wrong with it, the others, what to do. */
function describe(faults: readonly EndpointFault[]): string {
  const [first, ...others] = faults
  if (first === undefined) return ''
  const [what, todo] = REASONS[first.reason]
  const too = others.length === 0 ? '' : ` (also ${others.map(({ port }) => port).join(', ')})`
  return `${first.address}:${first.port} ${what}${too}: ${todo}`
}
