import { join } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { TaskGroup } from '../base/task-group.ts'
import { Access } from '../core/access/access.ts'
import { HASHES_RUNNING, HASHES_WAITING } from '../core/access/limits.ts'
import { accessStore } from '../core/access/sql.ts'
import { FileBlobStore } from '../infra/blob/files.ts'
import type { BlobStore } from '../infra/blob/store.ts'
import { BroadcastBus } from '../infra/bus/broadcast.ts'
import type { Bus } from '../infra/bus/bus.ts'
import type { Database } from '../infra/db/database.ts'
import { type Certificate, TlsContexts } from '../infra/net/tls.ts'
import { FreeSpace } from '../infra/observe/free-space.ts'
import { MetricsMember } from '../infra/observe/gather.ts'
import { Metrics, render } from '../infra/observe/metrics.ts'
import type { Spans } from '../infra/observe/spans.ts'
import { accessNews } from './access-news.ts'
import type { Config } from './config/config.ts'
import { type OpenDatabase, openDatabase } from './database.ts'
import { type OpenListeners, openListeners } from './listeners.ts'
import { openLog } from './log.ts'
import { countingDns, type ThreadNames, threadNames } from './names.ts'
import type { Inspection } from './inspect/inspect.ts'
import type { RunningOutbound } from './outbound.ts'
import { refusalDiary } from './refusals.ts'
import { openSpans } from './spans.ts'
import type { WorkerBirth } from './thread/messages.ts'

/** The services of one protocol thread: what sessions are made of. */
export interface Services {
  readonly config: Config
  /** This node's name among those that share the database. */
  readonly node: string
  readonly db: Database
  readonly blobs: BlobStore
  /** The room on the disk of the data directory. */
  readonly space: FreeSpace
  readonly bus: Bus
  readonly access: Access
  /** Who is asked for names in this thread. */
  readonly names: ThreadNames
  /** The checks of mail in this thread, opened when they are first needed. */
  readonly inspection: () => Promise<Inspection>
  /** Where all threads count requests. */
  readonly requestBuckets: SharedArrayBuffer
  /** A lasting secret of this installation. */
  readonly secret: Uint8Array
  readonly tls: TlsContexts | null
  readonly tasks: TaskGroup
  readonly log: Log
  readonly metrics: Metrics
  /** Where what took time is told; null for nowhere. */
  readonly spans: Spans | null
  /** The numbers of the whole process, as Prometheus reads them. */
  readonly mergedMetrics: () => Promise<string>
  /** Aborts when this thread begins to stop. */
  readonly draining: AbortSignal
}

/** A running protocol thread. */
export interface RunningWorker {
  /** Gives it a writer: the first one, or its successor. */
  connect(port: MessagePort): void
  /** Where main asks for this thread's numbers, and this thread for everybody's. */
  joinMetrics(port: MessagePort): void
  /** New connections are served with these certificates. */
  serveWith(certificates: readonly Certificate[]): void
  /** Stops accepting, waits for messages under way, and closes everything. */
  drain(): Promise<void>
  /** Writes the log lines that wait: the thread is about to die. */
  lastWords(): void
}

/** Builds the services of a protocol thread and opens its listeners. */
export async function openWorker(birth: WorkerBirth): Promise<RunningWorker> {
  const { config, number } = birth
  const { log, sink } = openLog(config, { thread: `worker-${number}` })
  const database = await openDatabase(config, birth.node)
  const metrics = new Metrics()
  let member: MetricsMember | null = null
  const mergedMetrics = async (): Promise<string> => (member === null ? await render([await metrics.snapshot()]) : await member.merged())
  const draining = new AbortController()
  const space = await FreeSpace.watch({ folder: config.dataDir, reserveBytes: config.limits.freeBytes })
  const spans = await openSpans(config, `worker-${number}`, { metrics, log })
  const services = makeServices(birth, { db: database.db, space, log, metrics, spans, mergedMetrics, draining: draining.signal })
  const listeners = await openListeners(services)
  // Loaded only where mail is sent: what a demo that keeps it never runs should cost it no memory.
  const outbound = config.outbound.mode === 'sent' ? await (await import('./outbound.ts')).startOutbound(services) : null
  return {
    connect: (port) => database.connect(port),
    joinMetrics(port) {
      member = new MetricsMember(metrics, port, log)
    },
    serveWith(certificates) {
      const set = services.tls?.setCertificates(certificates)
      if (set?.ok === false) log.error('certificate.unusable', { name: certificates[set.error.index]?.names?.[0], why: set.error.reason })
    },
    lastWords: () => sink.flushSync(),
    async drain() {
      draining.abort()
      await drain(services, listeners, outbound, database)
      await sink[Symbol.asyncDispose]()
    },
  }
}

type Given = Pick<Services, 'db' | 'space' | 'log' | 'metrics' | 'spans' | 'mergedMetrics' | 'draining'>

function makeServices({ config, node, number, ticketKeys, requestBuckets, secret, certificates }: WorkerBirth, given: Given): Services {
  const { db, log } = given
  const tasks = new TaskGroup(log)
  const bus = new BroadcastBus()
  const access = new Access({
    store: accessStore(db),
    clock: systemClock,
    log,
    tasks,
    hashing: { running: HASHES_RUNNING, waiting: HASHES_WAITING },
    secret,
    loopback: config.mode === 'demo' ? 'exempt' : 'counted',
    news: accessNews(bus),
    refused: refusalDiary({ db, metrics: given.metrics, tasks, draining: given.draining }),
  })
  const blobs = new FileBlobStore({ folder: join(config.dataDir, 'segments'), writer: `w${number}`, nowMs: Date.now, log })
  const services = { ...given, config, node, blobs, bus, access, names: threadNames(config.outbound, log, countingDns(given.metrics)), requestBuckets, secret, tls: contextsOf(certificates, ticketKeys), tasks, inspection: () => inspection() }
  const inspection = lazyInspection(services)
  return services
}

function lazyInspection(services: Services): () => Promise<Inspection> {
  let opening: Promise<Inspection> | null = null
  return async () => {
    opening ??= import('./inspect/inspect.ts').then(({ openInspection }) => openInspection(services))
    // Whoever needs it next tries again.
    opening.catch(() => (opening = null))
    return await opening
  }
}

/** Null without a certificate: then there is no TLS, now or later. */
function contextsOf(certificates: readonly Certificate[], ticketKeys: Uint8Array): TlsContexts | null {
  if (certificates.length === 0) return null
  const contexts = new TlsContexts(ticketKeys)
  const set = contexts.setCertificates(certificates)
  if (!set.ok) throw new Error(`main has found this certificate good: ${set.error.reason}`)
  return contexts
}

async function drain(services: Services, listeners: OpenListeners, outbound: RunningOutbound | null, database: OpenDatabase): Promise<void> {
  await Promise.all([listeners.close(services.config.drainMs), outbound?.stop()])
  await services.tasks.settled()
  await services.spans?.[Symbol.asyncDispose]()
  services.names[Symbol.dispose]()
  services.space[Symbol.dispose]()
  await services.blobs[Symbol.asyncDispose]()
  await services.bus[Symbol.asyncDispose]()
  await database.close()
}
