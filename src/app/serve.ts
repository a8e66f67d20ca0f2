import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { fail, ok, type Result } from '../base/result.ts'
import { FileBlobStore, recoverSegments } from '../infra/blob/files.ts'
import { BroadcastBus } from '../infra/bus/broadcast.ts'
import type { Database } from '../infra/db/database.ts'
import { SchemaTooNew } from '../infra/db/migrate.ts'
import { startCheckpoints } from '../infra/db/sqlite/open.ts'
import { type EndpointFault, probe } from '../infra/net/probe.ts'
import { MetricsHub } from '../infra/observe/gather.ts'
import { Metrics } from '../infra/observe/metrics.ts'
import { segmentReader } from './backend/bytes.ts'
import type { Config } from './config/config.ts'
import { databasePath, migrate, openDatabase } from './database.ts'
import { runJobs } from './jobs.ts'
import { lockDataDir } from './lock.ts'
import { openLog } from './log.ts'
import { Supervisor } from './supervisor.ts'
import type { WorkerBirth } from './thread/messages.ts'

/**
 * The one composition root of the server.
 *
 * main locks the data directory, migrates, and looks whether every port is free, before anything runs: two programs that
 * share ports by `reusePort` would both seem to listen. Then it starts the writer (embedded database only) and the
 * protocol threads, keeps them running, copies the write-ahead log, and runs the jobs that are one node's at a time.
 */
export interface Server {
  readonly config: Config
  readonly db: Database
  readonly log: Log
  /** Stops accepting, lets messages under way finish (at most `config.drainMs`), closes everything. */
  stop(): Promise<void>
  /** For tests: ends the writer thread as a crash would. */
  killWriter(): Promise<void>
}

/** What a start does besides: the demo makes its certificate and its people. */
export interface Preparation {
  /** Before any thread exists; the data directory is ours. */
  beforeThreads(): Promise<void>
  /** While the threads start: the database can be written. */
  withDatabase(db: Database): Promise<void>
}

const NOTHING: Preparation = { async beforeThreads() {}, async withDatabase() {} }

/** Starts the server. The refusal is one line that says what is wrong and what to do; nothing is running then. */
export async function serve(config: Config, prepare: Preparation = NOTHING): Promise<Result<Server, string>> {
  const lock = lockDataDir(config.dataDir)
  if (!lock.ok) return lock
  const started = await startLocked(config, prepare, lock.value.release)
  if (!started.ok) lock.value.release()
  return started
}

async function startLocked(config: Config, prepare: Preparation, unlock: () => void): Promise<Result<Server, string>> {
  const free = await probe(config.listeners)
  if (!free.ok) return fail(describe(free.error))
  for (const folder of ['log', 'segments', 'tls']) mkdirSync(join(config.dataDir, folder), { recursive: true, mode: 0o750 })
  try {
    await migrate(config)
  } catch (error) {
    if (error instanceof SchemaTooNew) return fail(error.message)
    throw error
  }
  await prepare.beforeThreads()
  const { log, sink } = openLog(config, { thread: 'main' })
  await recoverSegments(join(config.dataDir, 'segments'), AbortSignal.timeout(600_000))
  const metrics = new Metrics()
  metrics.collectProcess()
  const deaths = metrics.counter('merpati_thread_deaths_total', 'Threads that died and were started again.', ['thread'])
  const hub = new MetricsHub(metrics, log)
  const supervisor = new Supervisor({
    writer: config.database.kind === 'sqlite' ? { path: databasePath(config) } : null,
    workers: birthsOf(config),
    metrics: (attach) => {
      const { port1, port2 } = new MessageChannel()
      hub.attach(port1)
      attach(port2)
    },
    drainMs: config.drainMs,
    log,
    died: (thread) => deaths.inc({ thread }),
  })
  const main = startMain(config, supervisor, log)
  const threads = supervisor.start()
  await Promise.all([threads, prepare.withDatabase(main.db)])
  log.info('server.started', { mode: config.mode, workers: config.workers })
  return ok({
    config,
    db: main.db,
    log,
    killWriter: () => supervisor.killWriter(),
    async stop() {
      log.info('server.stopping')
      await main.stop()
      await supervisor.stop()
      await main.close()
      log.info('server.stopped')
      await sink[Symbol.asyncDispose]()
      unlock()
    },
  })
}

/** What main itself does: jobs and checkpoints. */
function startMain(config: Config, supervisor: Supervisor, log: Log) {
  const database = openDatabase(config)
  if (config.database.kind === 'sqlite') supervisor.connectWriter((port) => database.connect(port))
  const bus = new BroadcastBus()
  const blobs = new FileBlobStore({ folder: join(config.dataDir, 'segments'), writer: 'main', nowMs: Date.now, log })
  const stopping = new AbortController()
  const checkpoints =
    config.database.kind === 'sqlite'
      ? startCheckpoints(databasePath(config), () => supervisor.settle(), (error) => log.error('checkpoint.failed', { error }))
      : null
  const jobs = runJobs(
    {
      db: database.db,
      segments: segmentReader(blobs),
      clock: systemClock,
      log,
      node: randomUUID(),
      arrived: (account) => bus.publish(`account:${account}`, {}),
    },
    stopping.signal,
  )
  return {
    db: database.db,
    async stop() {
      stopping.abort()
      await jobs
    },
    async close() {
      checkpoints?.[Symbol.dispose]()
      await blobs[Symbol.asyncDispose]()
      await bus[Symbol.asyncDispose]()
      await database.close()
    },
  }
}

function birthsOf(config: Config): readonly WorkerBirth[] {
  const ticketKeys = randomBytes(48)
  const secret = lastingSecret(config)
  return Array.from({ length: config.workers }, (_, number) => ({ config, number, ticketKeys, secret }))
}

/** A secret of this installation, made once: what depends on it must look the same after a restart. */
function lastingSecret({ dataDir }: Config): Uint8Array {
  const path = join(dataDir, 'secret')
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('hex'), { mode: 0o600 })
  return Buffer.from(readFileSync(path, 'utf8'), 'hex')
}

const REASONS: Readonly<Record<EndpointFault['reason'], string>> = {
  'in-use': 'is in use: stop what listens there, or choose other ports (MERPATI_PORT_OFFSET for the demo)',
  denied: 'may not be used by this user: give the program CAP_NET_BIND_SERVICE, or choose a port over 1023',
  'no-address': 'is no address of this machine',
}

function describe(faults: readonly EndpointFault[]): string {
  return faults.map(({ address, port, reason }) => `${address}:${port} ${REASONS[reason]}`).join('\n')
}
