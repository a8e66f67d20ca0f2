import { tellFullMailboxes } from '../../core/account/sql-full.ts'
import { ORDER_WITHIN_MS } from '../../core/certificate/limits.ts'
import { CHECK_WITHIN_MS } from '../../core/domain/check/limits.ts'
import { LOOKS_AT_ONCE, LOOKS_PER_RUN, PROVE_WITHIN_MS } from '../../core/domain/proof/limits.ts'
import { fillTraceIndex } from '../../core/event/sql-trace.ts'
import { releaseDue } from '../../core/local/release.ts'
import { dueLocally, release } from '../../core/local/sql-release.ts'
import { namesSegments } from '../../core/mailbox/sql-segment.ts'
import { LOOK_AT_SOURCES_EVERY_MS } from '../../core/pool/limits.ts'
import { alarmed } from '../../core/queue/alarm.ts'
import { answerAlarms, ringing } from '../../core/queue/sql-alarm.ts'
import { sqlRoutes } from '../../core/route/sql.ts'
import { fillStats } from '../../core/stats/sql-follow.ts'
import { forgetAnswers } from '../../infra/db/postgres/sql-applied.ts'
import { compactSegments } from '../compact.ts'
import { openErasures } from '../../core/subject/sql-erasure.ts'
import { Handover } from '../handover.ts'
import { readReports, sendReports } from '../reports.ts'
import { tellOwners, watchAlerts } from './alerts.ts'
import { watchDepth } from './depth.ts'
import { lookAtOurs } from './domains.ts'
import { eraseSubjects } from './erase.ts'
import { every, LEASE_MS, paced } from './every.ts'
import { type JobOptions, receiveOf } from './options.ts'
import { placeSenders } from './placements.ts'
import { purgeOld } from './purge.ts'
import { judgeStreams, keepSuppressions, learnJudged, pretendFates, tellSenders, watchSending } from './readers.ts'
import { removeOld } from './retention.ts'
import { lookAtSources } from './sources.ts'

/** How often each job looks for work. `merpati trace` catches up by itself before it answers. */
const TRACE_EVERY_MS = 1_000
const STATS_EVERY_MS = 1_000
const STANDING_EVERY_MS = 5_000
const ALERTS_EVERY_MS = 30_000
const RELEASE_EVERY_MS = 1_000
const NOTICE_EVERY_MS = 1_000
const SUPPRESS_EVERY_MS = 1_000
const SENDING_EVERY_MS = 1_000
const PRETEND_EVERY_MS = 1_000
const LEARN_EVERY_MS = 1_000
const HANDOVER_EVERY_MS = 2_000
const PURGE_EVERY_MS = 60_000
const RETENTION_EVERY_MS = 60_000
const ALARM_EVERY_MS = 5_000
const DEPTH_EVERY_MS = 10_000
const REPORTS_EVERY_MS = 60_000
const RECEIVED_EVERY_MS = 5_000
const ACME_EVERY_MS = 2_000
const ERASE_EVERY_MS = 2_000
const DOMAINS_EVERY_MS = 60_000
/** All accounts are looked at. */
const FULL_EVERY_MS = 600_000
/** Some organizations at a time, each once a day. */
const PLACE_EVERY_MS = 60_000

const COMPACT_EVERY_MS = 600_000

/** No write, and no reader between a row and its bytes, takes nearly so long. */
const SEGMENT_SETTLED_MS = 3_600_000

/** How long the answers of writes are kept on PostgreSQL. */
const ANSWERS_MS = 3_600_000

/** The same for a certificate that is being ordered: nobody else may order it meanwhile. */
const ACME_LEASE_MS = ORDER_WITHIN_MS + LEASE_MS

/** Looks at domains wait for DNS: forty of them, eight at a time. */
const DOMAINS_LEASE_MS = (LOOKS_PER_RUN / LOOKS_AT_ONCE) * (CHECK_WITHIN_MS + PROVE_WITHIN_MS) + LEASE_MS

/** Work off the road that one node does at a time: each job runs under a lease. */
export async function runJobs(options: JobOptions, signal: AbortSignal): Promise<void> {
  const { db, traces, stats, clock, segments, domains, orders, opened, sources } = options
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
    every(options, 'standing', STANDING_EVERY_MS, signal, paced(db, () => judgeStreams(options, signal))),
    every(options, 'alert', ALERTS_EVERY_MS, signal, () => watchAlerts(options, signal)),
    every(options, 'owner-notice', STANDING_EVERY_MS, signal, () => tellOwners(options, signal)),
    every(options, 'notice', NOTICE_EVERY_MS, signal, () => tellSenders(options, signal)),
    every(options, 'sending', SENDING_EVERY_MS, signal, () => watchSending(options, signal)),
    every(options, 'suppress', SUPPRESS_EVERY_MS, signal, () => keepSuppressions(options, signal)),
    every(options, 'learn', LEARN_EVERY_MS, signal, () => learnJudged(options, signal)),
    every(options, 'pretend', PRETEND_EVERY_MS, signal, () => pretendFates(options, signal)),
    every(options, 'handover', HANDOVER_EVERY_MS, signal, () => handover.look()),
    every(options, 'release', RELEASE_EVERY_MS, signal, () => releaseDue(releasing, signal)),
    every(options, 'purge', PURGE_EVERY_MS, signal, () => purgeOld(db, options.keep, clock.nowMs())),
    every(options, 'retention', RETENTION_EVERY_MS, signal, () => removeOld(options, signal)),
    every(options, 'alarm', ALARM_EVERY_MS, signal, () => answerDue(options, signal)),
    every(options, 'depth', DEPTH_EVERY_MS, signal, watchDepth(options)),
    every(options, 'reports', REPORTS_EVERY_MS, signal, () => sendReports(options, receiveOf(options), signal)),
    every(options, 'received', RECEIVED_EVERY_MS, signal, () => readReports(options, signal)),
    every(options, 'full', FULL_EVERY_MS, signal, () => tellFullMailboxes(db, clock.nowMs())),
    every(options, 'place', PLACE_EVERY_MS, signal, () => placeSenders(options, signal)),
    every(options, 'erase', ERASE_EVERY_MS, signal, () => eraseSubjects(options, signal)),
    every(options, 'compact', COMPACT_EVERY_MS, signal, () => compactOld(options, signal)),
    ...(sources === null ? [] : [every({ ...options, leaseMs: LOOK_AT_SOURCES_EVERY_MS }, 'sources', LOOK_AT_SOURCES_EVERY_MS, signal, () => lookAtSources({ ...options, questions: sources }, signal))]),
    ...(domains === null ? [] : [every({ ...options, leaseMs: DOMAINS_LEASE_MS }, 'domains', DOMAINS_EVERY_MS, signal, () => lookAtOurs(options, domains, signal))]),
    // An authority comes to look as soon as it is asked, and counts what fails.
    ...(orders === null ? [] : [opened.then(() => every({ ...options, leaseMs: ACME_LEASE_MS }, 'acme', ACME_EVERY_MS, signal, () => orders.look(signal)))]),
    ...(db.dialect === 'postgres' ? [every(options, 'answers', PURGE_EVERY_MS, signal, () => db.write(forgetAnswers, { beforeMs: clock.nowMs() - ANSWERS_MS }))] : []),
  ])
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

async function compactOld({ db, blobs, clock, log, metrics }: JobOptions, signal: AbortSignal): Promise<void> {
  // A database that was begun anew beside old segments knows none of them: they may be all that is left of the mail.
  if (!(await namesSegments(db))) return
  const freed = metrics.counter('merpati_segment_freed_bytes_total', 'Space of removed large messages that was given back.')
  const moved = metrics.counter('merpati_segment_moved_bytes_total', 'Bytes copied so that segments could be removed.')
  const forced = new Set((await openErasures(db)).flatMap(({ segments }) => segments))
  const done = await compactSegments({ db, forced, blobs, nowMs: () => clock.nowMs(), settledMs: SEGMENT_SETTLED_MS, log }, signal)
  freed.inc({}, done.freedBytes)
  moved.inc({}, done.movedBytes)
}
