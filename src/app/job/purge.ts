import { DAY_MS } from '../../base/duration.ts'
import { readTerms } from '../../core/retention/sql.ts'
import { type Days, timesOf } from '../../core/retention/terms.ts'
import { purgeOneTime } from '../../core/access/one-time/sql-one-time.ts'
import { purgeSessions } from '../../core/access/session/sql-session.ts'
import { purgeReturned } from '../../core/bounce/sql-returned.ts'
import { PROOF_MS } from '../../core/consent/limits.ts'
import { purgeConsents } from '../../core/consent/sql.ts'
import { BASELINE_HOURS, SEEN_MS } from '../../core/filter/outbound/limits.ts'
import { purgeSending } from '../../core/filter/outbound/sql-watch.ts'
import { hourOf } from '../../core/filter/outbound/tally.ts'
import { MARK_MS } from '../../core/filter/bayes/limits.ts'
import { purgeVotes } from '../../core/filter/bayes/sql-vote.ts'
import { purgeEntries } from '../../core/filter/entry/sql-entry.ts'
import { purgeGreylist } from '../../core/filter/greylist/sql-greylist.ts'
import { purgeThresholds } from '../../core/filter/threshold/sql-threshold.ts'
import { SEEN_FOR_MS } from '../../core/filter/seen/limits.ts'
import { forgetSeen } from '../../core/filter/seen/sql-seen-mail.ts'
import { mailboxesToPurge, purge } from '../../core/mailbox/sql-purge.ts'
import { purgeVerdicts } from '../../core/outbound/sql-callout.ts'
import { purgePolicies } from '../../core/outbound/tls/sql-sts.ts'
import { purgeTlsResults } from '../../core/outbound/tls/sql-tls-result.ts'
import { purgeSettled } from '../../core/queue/sql-purge.ts'
import { purgeUsage } from '../../core/organization/sql-usage.ts'
import { purgeSent } from '../../core/send/sql-send.ts'
import { purgeInvitations } from '../../core/signup/invite/sql.ts'
import { purgeTracked } from '../../core/track/sql.ts'
import type { Database } from '../../infra/db/database.ts'
import { purgeReports } from '../reports.ts'

/** How long expunged mail can be brought back, and other sessions can be told of it. */
const UNDELETE_MS = 7 * 24 * 3_600_000

/** How long a delivery is remembered once it is settled: bounces may come late. Longer where bytes are kept for longer, which it holds. */
export const SETTLED_MS = 7 * 24 * 3_600_000

/** How long the beginning of a report is kept for people who look. */
const RETURNED_MS = 30 * 24 * 3_600_000

/** How long it is remembered what somebody said of a message that nothing is learned from any more. */
const VOTES_MS = 2 * MARK_MS

/** How long it is known how TLS went: reports on a day leave on the next one, and are tried for another. RFC 8460 §4.1. */
const TLS_RESULTS_MS = 14 * 24 * 3_600_000

/** Forgets what is too old. What is kept for a time that may be chosen is another job's: `retention.ts`. */
export async function purgeOld(db: Database, keep: Days, nowMs: number): Promise<void> {
  const bodyDays = timesOf(await readTerms(db, keep), 'bodies').at(-1) ?? 0
  while ((await db.write(purgeSettled, { beforeMs: nowMs - Math.max(SETTLED_MS, bodyDays * DAY_MS), nowMs })) > 0);
  while ((await db.write(purgeSent, { nowMs })) > 0);
  while ((await db.write(purgeSessions, { nowMs })) > 0);
  while ((await db.write(purgeUsage, { nowMs })) > 0);
  while ((await db.write(purgeOneTime, { nowMs })) > 0);
  while ((await db.write(purgeInvitations, { nowMs })) > 0);
  while ((await db.write(purgeTracked, { nowMs })) > 0);
  while ((await db.write(purgeReturned, { beforeMs: nowMs - RETURNED_MS })) > 0);
  while ((await db.write(purgeConsents, { beforeMs: nowMs - PROOF_MS })) > 0);
  while ((await db.write(purgePolicies, { beforeMs: nowMs })) > 0);
  while ((await db.write(purgeVotes, { beforeMs: nowMs - VOTES_MS })) > 0);
  while ((await db.write(purgeVerdicts, { beforeMs: nowMs })) > 0);
  await db.write(purgeSending, { hour: hourOf(nowMs) - BASELINE_HOURS - 24, seenMs: nowMs - SEEN_MS, memoryMs: nowMs - SETTLED_MS })
  await purgeReports(db, nowMs)
  while ((await db.write(purgeGreylist, { nowMs })) > 0);
  while ((await db.write(forgetSeen, { beforeMs: nowMs - SEEN_FOR_MS })) > 0);
  await db.write(purgeEntries, { nowMs })
  await db.write(purgeThresholds, {})
  await db.write(purgeTlsResults, { before: new Date(nowMs - TLS_RESULTS_MS).toISOString().slice(0, 10) })
  const beforeMs = nowMs - UNDELETE_MS
  for (const mailbox of await mailboxesToPurge(db, beforeMs)) {
    while ((await db.write(purge, { ...mailbox, beforeMs })) > 0);
  }
}
