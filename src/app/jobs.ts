import { setTimeout as wait } from 'node:timers/promises'
import type { AccountId } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { Unavailable } from '../base/unavailable.ts'
import { accountByLogin } from '../core/account/sql.ts'
import { ORDER_WITHIN_MS } from '../core/certificate/limits.ts'
import { purgeReturned } from '../core/bounce/sql-returned.ts'
import { followSigns } from '../core/bounce/sql-suppress.ts'
import { suppressReader } from '../core/bounce/suppress.ts'
import { catchUp, type EventLog } from '../core/event/follow.ts'
import { Pace } from '../core/event/pace.ts'
import { advanceReader, eventsAfter, newestEvent, readerPosition } from '../core/event/sql.ts'
import { fillTraceIndex } from '../core/event/sql-trace.ts'
import { BASELINE_HOURS, SEEN_MS } from '../core/filter/outbound/limits.ts'
import { containedSince, containmentOf } from '../core/filter/outbound/sql-containment.ts'
import { followSending, purgeSending } from '../core/filter/outbound/sql-watch.ts'
import { hourOf } from '../core/filter/outbound/tally.ts'
import { sendingReader } from '../core/filter/outbound/watch.ts'
import { MARK_MS } from '../core/filter/bayes/limits.ts'
import { forgetAccount, purgeVotes, train, TRAIN_READER } from '../core/filter/bayes/sql-vote.ts'
import { purgeEntries } from '../core/filter/entry/sql-entry.ts'
import { purgeGreylist } from '../core/filter/greylist/sql-greylist.ts'
import { type TrainOptions, trainReader } from '../core/filter/bayes/train.ts'
import type { House } from '../core/inbound/accept.ts'
import { noticeReader } from '../core/inbound/notices.ts'
import { releaseDue } from '../core/local/release.ts'
import { receiveInto } from '../core/inbound/sql-receive.ts'
import { deliver } from '../core/local/sql.ts'
import { dueLocally, release } from '../core/local/sql-release.ts'
import type { SegmentReader } from '../core/mailbox/body.ts'
import { mailboxesToPurge, purge } from '../core/mailbox/sql-purge.ts'
import { emailBytes } from '../core/mailbox/sql-read.ts'
import { namesSegments } from '../core/mailbox/sql-segment.ts'
import { purgeVerdicts } from '../core/outbound/sql-callout.ts'
import { purgePolicies } from '../core/outbound/tls/sql-sts.ts'
import { purgeTlsResults } from '../core/outbound/tls/sql-tls-result.ts'
import { alarmed } from '../core/queue/alarm.ts'
import { operateAll } from '../core/queue/operate-all.ts'
import { deliveryById } from '../core/queue/sql-find.ts'
import { storedMessage } from '../core/queue/sql-message.ts'
import { ANY_DELIVERY, countMeant } from '../core/queue/sql-operate.ts'
import { answerAlarms, ringing } from '../core/queue/sql-alarm.ts'
import { pretendAll, pretender } from '../core/queue/sql-pretend.ts'
import { purgeSettled } from '../core/queue/sql-purge.ts'
import { sqlRoutes } from '../core/route/sql.ts'
import { KEPT_MS } from '../core/webhook/limits.ts'
import { purgeCalls } from '../core/webhook/sql-call.ts'
import { fillStats } from '../core/stats/sql-follow.ts'
import { purgeSent } from '../core/send/sql-send.ts'
import { purgeTracked } from '../core/track/sql.ts'
import type { AskTxt } from '../proto/dmarc/walk.ts'
import type { ReceiveOptions } from '../core/inbound/receive.ts'
import type { FileBlobStore } from '../infra/blob/files.ts'
import type { Database } from '../infra/db/database.ts'
import { forgetAnswers } from '../infra/db/postgres/sql-applied.ts'
import { takeLease } from '../infra/db/sql-lease.ts'
import type { Metrics } from '../infra/observe/metrics.ts'
import { byteStore } from './backend/bytes.ts'
import type { CertificateOrders } from './certificate/orders.ts'
import { compactSegments } from './compact.ts'
import type { ReportsConfig } from './config/config.ts'
import { Handover } from './handover.ts'
import { purgeReports, readReports, sendReports } from './reports.ts'

/** How often each job looks for work. `merpati trace` catches up by itself before it answers. */
const TRACE_EVERY_MS = 1_000
const STATS_EVERY_MS = 1_000
const RELEASE_EVERY_MS = 1_000
const NOTICE_EVERY_MS = 1_000
const SUPPRESS_EVERY_MS = 1_000
const SENDING_EVERY_MS = 1_000
const PRETEND_EVERY_MS = 1_000
const LEARN_EVERY_MS = 1_000
const HANDOVER_EVERY_MS = 2_000
const PURGE_EVERY_MS = 60_000
const ALARM_EVERY_MS = 5_000
const REPORTS_EVERY_MS = 60_000
const RECEIVED_EVERY_MS = 5_000
const ACME_EVERY_MS = 2_000

const COMPACT_EVERY_MS = 600_000

/** No write, and no reader between a row and its bytes, takes nearly so long. */
const SEGMENT_SETTLED_MS = 3_600_000

/** How long the answers of writes are kept on PostgreSQL. */
const ANSWERS_MS = 3_600_000

/** How long expunged mail can be brought back, and other sessions can be told of it. */
const UNDELETE_MS = 7 * 24 * 3_600_000

/** How long a delivery is remembered once it is settled: bounces may come late. */
const SETTLED_MS = 7 * 24 * 3_600_000

/** How long the beginning of a report is kept for people who look. */
const RETURNED_MS = 30 * 24 * 3_600_000

/** Longer than anything that was being sent when its account was contained. */
const UNDER_WAY_MS = 3_600_000

/** How long it is remembered what somebody said of a message that nothing is learned from any more. */
const VOTES_MS = 2 * MARK_MS

/** How long it is known how TLS went: reports on a day leave on the next one, and are tried for another. RFC 8460 §4.1. */
const TLS_RESULTS_MS = 14 * 24 * 3_600_000

/** A job's lease: another node takes over when this one has been silent for so long. */
const LEASE_MS = 30_000

/** The same for a certificate that is being ordered: nobody else may order it meanwhile. */
const ACME_LEASE_MS = ORDER_WITHIN_MS + LEASE_MS

/** What jobs work with. */
export interface JobOptions {
  readonly db: Database
  /** Where the trace index lies. */
  readonly traces: Database
  /** Where the statistics lie. */
  readonly stats: Database
  readonly segments: SegmentReader
  readonly blobs: FileBlobStore
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
  /** Tells this node from the others. */
  readonly node: string
  readonly arrived: (account: string) => void
  readonly queued: (lane: string) => void
  /** These accounts taught the filter something. */
  readonly taught: (accounts: readonly string[]) => void
  /** Our name, and whether mail elsewhere is sent. */
  readonly house: House
  readonly inlineBytes: number
  /** Whether what accounts send is counted. */
  readonly watch: 'on' | 'off'
  /** Ends the sessions of an account. */
  readonly endSessions: (account: AccountId) => void
  readonly reports: ReportsConfig
  /** Asks DNS for texts. */
  readonly ask: AskTxt
  /** Gets certificates; null when they come from files alone. */
  readonly orders: CertificateOrders | null
}

/** Work off the road that one node does at a time: each job runs under a lease. */
export async function runJobs(options: JobOptions, signal: AbortSignal): Promise<void> {
  const { db, traces, stats, clock, segments, orders } = options
  const releasing = {
    clock,
    segments,
    routes: sqlRoutes(db),
    due: (nowMs: number) => dueLocally(db, nowMs),
    release: (args: Parameters<typeof release.run>[1]) => db.write(release, args),
    arrived: options.arrived,
  }
  const handover = new Handover(options)
  await Promise.all([
    every(options, 'trace', TRACE_EVERY_MS, signal, paced(db, () => fillTraceIndex(db, traces, signal))),
    every(options, 'stats', STATS_EVERY_MS, signal, paced(db, () => fillStats(db, stats, signal))),
    every(options, 'notice', NOTICE_EVERY_MS, signal, () => tellSenders(options, signal)),
    every(options, 'sending', SENDING_EVERY_MS, signal, () => watchSending(options, signal)),
    every(options, 'suppress', SUPPRESS_EVERY_MS, signal, () => keepSuppressions(options, signal)),
    every(options, 'learn', LEARN_EVERY_MS, signal, () => learnJudged(options, signal)),
    every(options, 'pretend', PRETEND_EVERY_MS, signal, () => pretendFates(options, signal)),
    every(options, 'handover', HANDOVER_EVERY_MS, signal, () => handover.look()),
    every(options, 'release', RELEASE_EVERY_MS, signal, () => releaseDue(releasing, signal)),
    every(options, 'purge', PURGE_EVERY_MS, signal, () => purgeOld(db, clock.nowMs())),
    every(options, 'alarm', ALARM_EVERY_MS, signal, () => answerDue(options, signal)),
    every(options, 'reports', REPORTS_EVERY_MS, signal, () => sendReports(options, receiveOf(options), signal)),
    every(options, 'received', RECEIVED_EVERY_MS, signal, () => readReports(options, logOf(db), signal)),
    every(options, 'compact', COMPACT_EVERY_MS, signal, () => compactOld(options, signal)),
    ...(orders === null ? [] : [every({ ...options, leaseMs: ACME_LEASE_MS }, 'acme', ACME_EVERY_MS, signal, () => orders.look(signal))]),
    ...(db.dialect === 'postgres' ? [every(options, 'answers', PURGE_EVERY_MS, signal, () => db.write(forgetAnswers, { beforeMs: clock.nowMs() - ANSWERS_MS }))] : []),
  ])
}

/** A run that waits while mail comes in fast. */
function paced(db: Database, run: () => Promise<unknown>): () => Promise<void> {
  const pace = new Pace({ newest: () => newestEvent(db) })
  return async () => {
    if (await pace.isDue()) await run()
  }
}

/** Runs a job again and again while this node holds its lease. What goes wrong is logged and tried again. */
async function every(options: JobOptions & { readonly leaseMs?: number }, job: string, everyMs: number, signal: AbortSignal, run: () => Promise<unknown>): Promise<void> {
  const { db, clock, log, node, leaseMs = LEASE_MS } = options
  while (!signal.aborted) {
    try {
      const nowMs = clock.nowMs()
      if (await db.write(takeLease, { name: `job:${job}`, holder: node, nowMs, untilMs: nowMs + leaseMs })) await run()
    } catch (error) {
      if (!signal.aborted) log[error instanceof Unavailable ? 'warn' : 'error']('job.failed', { job, error })
    }
    await wait(everyMs, undefined, { signal, ref: false }).catch(() => {}) // Aborted: the loop ends.
  }
}

/** Tells senders what became of their mail. */
async function tellSenders(options: JobOptions, signal: AbortSignal): Promise<void> {
  const { db, segments, clock, log } = options
  const reader = noticeReader({
    receive: receiveOf(options),
    segments,
    clock,
    log,
    delivery: (id) => deliveryById(db, id),
    stored: (id) => storedMessage(db, id),
    localeOf: async (address) => (await accountByLogin(db, address))?.locale ?? null,
    deliver: (args, id) => db.write(deliver, args, id),
    advance: (position) => db.write(advanceReader, { reader: 'notice', position }),
  })
  await catchUp(logOf(db), reader, signal)
}

/** How mail that we write ourselves is received. */
function receiveOf({ db, blobs, segments, clock, house, inlineBytes, arrived, queued }: JobOptions): ReceiveOptions {
  return { house, clock, routes: sqlRoutes(db), bytes: byteStore(blobs), segments, inlineBytes, ...receiveInto(db), arrived, queued }
}

/** Keeps the list of who is not written to. */
async function keepSuppressions({ db, clock }: JobOptions, signal: AbortSignal): Promise<void> {
  await catchUp(logOf(db), suppressReader({ clock, follow: (args) => db.write(followSigns, args) }), signal)
}

/** Watches what accounts send, and does what containment asks for. */
async function watchSending({ db, clock, log, watch, endSessions }: JobOptions, signal: AbortSignal): Promise<void> {
  // Counted first: a queue is long, and looking for what is not there need not keep the writer.
  const operation = (what: 'hold' | 'release') => async (account: AccountId) => {
    const selection = { ...ANY_DELIVERY, account }
    if ((await countMeant(db, what, selection)) > 0) await operateAll(db, { operation: what, selection, by: 'containment', nowMs: clock.nowMs() })
  }
  const reader = sendingReader({
    counting: watch,
    follow: (args) => db.write(followSending, args),
    isContained: async (account) => (await containmentOf(db, account))?.state === 'contained',
    hold: operation('hold'),
    release: operation('release'),
    endSessions,
    clock,
    log,
  })
  await catchUp(logOf(db), reader, signal)
  // What was being sent comes back without an event when it was not tried.
  for (const account of await containedSince(db, clock.nowMs() - UNDER_WAY_MS)) await operation('hold')(account)
}

/** Learns what users say of their mail by moving it to Junk and back. */
async function learnJudged({ db, segments, taught }: JobOptions, signal: AbortSignal): Promise<void> {
  const options: TrainOptions = {
    segments,
    taught,
    bytesOf: (account, email) => emailBytes(db, account, email),
    train: (args) => db.write(train, args),
    forget: (account) => db.write(forgetAccount, account),
  }
  await catchUp(logOf(db), trainReader(options, TRAIN_READER), signal)
}

/** A demo that keeps its mail answers for certain recipients, and every house for what test keys send. */
async function pretendFates({ db, clock, house }: JobOptions, signal: AbortSignal): Promise<void> {
  await catchUp(logOf(db), pretender({ pretend: (args) => db.write(pretendAll, args), nowMs: () => clock.nowMs(), others: house.outbound === 'captured' ? 'keep' : 'deliver' }), signal)
}

function logOf(db: Database): EventLog {
  return { after: (position, limit) => eventsAfter(db, position, limit), position: (name) => readerPosition(db, name) }
}

/** Deliveries that wait too long: their senders are told, or they are given up. */
async function answerDue({ db, clock }: JobOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const nowMs = clock.nowMs()
    const due = await ringing(db, nowMs)
    if (due.length === 0) return
    await db.write(answerAlarms, { alarmed: due.map((delivery) => alarmed(delivery, nowMs)), nowMs })
  }
}

async function purgeOld(db: Database, nowMs: number): Promise<void> {
  while ((await db.write(purgeSettled, { beforeMs: nowMs - SETTLED_MS })) > 0);
  while ((await db.write(purgeSent, { nowMs })) > 0);
  while ((await db.write(purgeTracked, { nowMs })) > 0);
  while ((await db.write(purgeReturned, { beforeMs: nowMs - RETURNED_MS })) > 0);
  while ((await db.write(purgePolicies, { beforeMs: nowMs })) > 0);
  while ((await db.write(purgeVotes, { beforeMs: nowMs - VOTES_MS })) > 0);
  while ((await db.write(purgeVerdicts, { beforeMs: nowMs })) > 0);
  await db.write(purgeSending, { hour: hourOf(nowMs) - BASELINE_HOURS - 24, seenMs: nowMs - SEEN_MS, memoryMs: nowMs - SETTLED_MS })
  await purgeReports(db, nowMs)
  while ((await db.write(purgeCalls, { beforeMs: nowMs - KEPT_MS })) > 0);
  while ((await db.write(purgeGreylist, { nowMs })) > 0);
  await db.write(purgeEntries, { nowMs })
  await db.write(purgeTlsResults, { before: new Date(nowMs - TLS_RESULTS_MS).toISOString().slice(0, 10) })
  const beforeMs = nowMs - UNDELETE_MS
  for (const mailbox of await mailboxesToPurge(db, beforeMs)) {
    while ((await db.write(purge, { ...mailbox, beforeMs })) > 0);
  }
}

async function compactOld({ db, blobs, clock, log, metrics }: JobOptions, signal: AbortSignal): Promise<void> {
  // A database that was begun anew beside old segments knows none of them: they may be all that is left of the mail.
  if (!(await namesSegments(db))) return
  const freed = metrics.counter('merpati_segment_freed_bytes_total', 'Space of removed large messages that was given back.')
  const moved = metrics.counter('merpati_segment_moved_bytes_total', 'Bytes copied so that segments could be removed.')
  const done = await compactSegments({ db, blobs, nowMs: () => clock.nowMs(), settledMs: SEGMENT_SETTLED_MS, log }, signal)
  freed.inc({}, done.freedBytes)
  moved.inc({}, done.movedBytes)
}
