import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { sharedLog } from '../core/event/sql-log.ts'
import { ReportPosts } from '../core/report/post.ts'
import { bulkNeeds } from '../core/standing/domain-hold.ts'
import { FileBlobStore } from '../infra/blob/files.ts'
import { BroadcastBus } from '../infra/bus/broadcast.ts'
import type { Database } from '../infra/db/database.ts'
import { startCheckpoints } from '../infra/db/sqlite/open.ts'
import { postTo } from '../infra/net/post-to.ts'
import { lookAfterHeap } from '../infra/observe/idle-heap.ts'
import type { Metrics } from '../infra/observe/metrics.ts'
import { segmentReader } from './backend/bytes.ts'
import { lastingSecret } from './births.ts'
import type { WatchedFiles } from './certificate/files.ts'
import { startCertificates } from './certificate/start.ts'
import type { Config } from './config/config.ts'
import { databasePath, openDatabase } from './database.ts'
import { cutLogs, openStats, openTraceIndex } from './derived.ts'
import { lazyChecker } from './lazy-checker.ts'
import { countingDns, resolverOf } from './names.ts'
import { holderOn } from './node.ts'
import { askWith } from './reports.ts'
import { runJobs } from './job/jobs.ts'
import { Lookout } from './job/lookout.ts'
import { sourceQuestions } from './job/sources.ts'
import { LEARNED_TOPIC } from '../core/filter/bayes/learned.ts'
import { QUEUE_TOPIC } from '../core/queue/topic.ts'
import { endingTopic } from './session/ending.ts'
import { openSpans } from './spans.ts'
import type { Supervisor } from './supervisor.ts'
import { askWebhookNames, startWebhooks, webhookRules } from './webhook.ts'

/** What runs in the main thread. */
export interface MainWork {
  readonly db: Database
  /** Looks at once whether certificates were replaced. */
  reload(): Promise<void>
  /** Ends the jobs and webhooks. Writes still work. */
  stop(): Promise<void>
  close(): Promise<void>
}

/** What main's own work needs of the others. */
export interface MainOptions {
  /** This node's name among those that share the database. */
  readonly node: string
  readonly supervisor: Supervisor
  readonly files: readonly WatchedFiles[]
  /** Done when the listeners are open, or never will be. */
  readonly opened: Promise<void>
  readonly metrics: Metrics
  readonly log: Log
}

/** Starts what main itself does: certificates, jobs and checkpoints. */
export async function startMain(config: Config, { node, supervisor, files, opened, metrics, log }: MainOptions): Promise<MainWork> {
  const database = await openDatabase(config, node)
  if (config.database.kind === 'sqlite') supervisor.connectWriter((port) => database.connect(port))
  const traces = openTraceIndex(config, database.db)
  const stats = openStats(config, database.db)
  const bus = new BroadcastBus()
  const blobs = new FileBlobStore({ folder: join(config.dataDir, 'segments'), writer: 'main', nowMs: Date.now, log })
  const resolver = await resolverOf(config.outbound, log, countingDns(metrics))
  const stopping = new AbortController()
  lookAfterHeap()
  const spans = await openSpans(config, 'main', { metrics, log })
  const certificates = await startCertificates(config, { db: database.db, files, metrics, log, tell: (all) => supervisor.setCertificates(all) }, stopping.signal)
  const checkpoints = checkpointsOf(config, supervisor, log)
  const events = sharedLog(database.db, systemClock)
  const jobs = runJobs(
    {
      db: database.db,
      events,
      traces: traces.db,
      stats: stats.db,
      lookout: new Lookout({ config, db: database.db, resolver, clock: systemClock, log }),
      segments: segmentReader(blobs),
      cutLogs: () => cutLogs(config),
      blobs,
      metrics,
      clock: systemClock,
      log,
      node: holderOn(node),
      arrived: (account) => bus.publish(`account:${account}`, {}),
      queued: (lane) => bus.publish(QUEUE_TOPIC, { lane }),
      taught: (accounts) => bus.publish(LEARNED_TOPIC, { accounts: accounts.join(' ') }),
      house: { hostname: config.hostname, outbound: config.outbound.mode === 'sent' ? 'queued' : 'captured', secret: lastingSecret(config) },
      inlineBytes: config.limits.inlineBytes,
      watch: config.submission.watch,
      endSessions: (account) => bus.publish(endingTopic(account), {}),
      reports: config.reports,
      keep: config.keep,
      ask: askWith(resolver),
      posts: new ReportPosts({ post: postTo, ask: askWebhookNames(resolver), rules: { ...webhookRules(config), plain: 'refused' }, clock: systemClock, log }),
      sources: resolver === null ? null : sourceQuestions(resolver, { lists: config.checks.dnsLists, clock: systemClock, log }),
      bulkNeeds: bulkNeeds(config.outbound),
      isRelayed: config.outbound.relay !== null,
      domains: resolver === null ? null : lazyChecker({ config, db: database.db, log }, stopping.signal),
      opened,
      orders: certificates.orders,
    },
    stopping.signal,
  )
  const webhooks = startWebhooks(config, { db: database.db, events, segments: segmentReader(blobs), holder: holderOn(node), resolver, metrics, spans, log })
  return {
    db: database.db,
    reload: () => certificates.reload(),
    async stop() {
      stopping.abort()
      await Promise.all([jobs, webhooks.stop()])
      await spans?.[Symbol.asyncDispose]()
      await certificates.stop()
    },
    async close() {
      checkpoints?.[Symbol.dispose]()
      resolver?.[Symbol.dispose]()
      await blobs[Symbol.asyncDispose]()
      await bus[Symbol.asyncDispose]()
      await traces[Symbol.asyncDispose]()
      await stats[Symbol.asyncDispose]()
      await database.close()
    },
  }
}

/** Copies the write-ahead log of the embedded database; null for another. */
function checkpointsOf(config: Config, supervisor: Supervisor, log: Log): Disposable | null {
  if (config.database.kind !== 'sqlite') return null
  return startCheckpoints(databasePath(config), () => supervisor.settle(), (error) => log.error('checkpoint.failed', { error }))
}
