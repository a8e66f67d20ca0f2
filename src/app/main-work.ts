import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { FileBlobStore } from '../infra/blob/files.ts'
import { BroadcastBus } from '../infra/bus/broadcast.ts'
import type { Database } from '../infra/db/database.ts'
import { startCheckpoints } from '../infra/db/sqlite/open.ts'
import type { Metrics } from '../infra/observe/metrics.ts'
import { segmentReader } from './backend/bytes.ts'
import { lastingSecret } from './births.ts'
import type { Config } from './config/config.ts'
import { databasePath, openDatabase, openTraceIndex } from './database.ts'
import { runJobs } from './jobs.ts'
import { LEARNED_TOPIC } from '../core/filter/bayes/learned.ts'
import { QUEUE_TOPIC } from '../core/queue/topic.ts'
import type { Supervisor } from './supervisor.ts'

/** What runs in the main thread. */
export interface MainWork {
  readonly db: Database
  /** Ends the jobs. Writes still work. */
  stop(): Promise<void>
  close(): Promise<void>
}

/** Starts what main itself does: jobs and checkpoints. */
export async function startMain(config: Config, supervisor: Supervisor, metrics: Metrics, log: Log): Promise<MainWork> {
  const database = await openDatabase(config)
  if (config.database.kind === 'sqlite') supervisor.connectWriter((port) => database.connect(port))
  const traces = openTraceIndex(config, database.db)
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
      traces: traces.db,
      segments: segmentReader(blobs),
      blobs,
      metrics,
      clock: systemClock,
      log,
      node: randomUUID(),
      arrived: (account) => bus.publish(`account:${account}`, {}),
      queued: (lane) => bus.publish(QUEUE_TOPIC, { lane }),
      taught: (accounts) => bus.publish(LEARNED_TOPIC, { accounts: accounts.join(' ') }),
      house: { hostname: config.hostname, outbound: config.outbound.mode === 'sent' ? 'queued' : 'captured', secret: lastingSecret(config) },
      inlineBytes: config.limits.inlineBytes,
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
      await traces[Symbol.asyncDispose]()
      await database.close()
    },
  }
}
