import type { AccountId, OrganizationId } from '../../base/brand.ts'
import { accountByLogin } from '../../core/account/sql.ts'
import { followSigns } from '../../core/bounce/sql-suppress.ts'
import { suppressReader } from '../../core/bounce/suppress.ts'
import { lookSoon } from '../../core/domain/proof/sql-look.ts'
import { catchUp } from '../../core/event/follow.ts'
import { advanceReader } from '../../core/event/sql.ts'
import { containedSince, containmentOf } from '../../core/filter/outbound/sql-containment.ts'
import { followSending } from '../../core/filter/outbound/sql-watch.ts'
import { sendingReader } from '../../core/filter/outbound/watch.ts'
import { forgetAccount, train, TRAIN_READER } from '../../core/filter/bayes/sql-vote.ts'
import { type TrainOptions, trainReader } from '../../core/filter/bayes/train.ts'
import { NOTICE_READER, noticeReader } from '../../core/inbound/notices.ts'
import { deliver } from '../../core/local/sql.ts'
import { emailBytes } from '../../core/mailbox/sql-read.ts'
import { operateAll } from '../../core/queue/operate-all.ts'
import { deliveryById } from '../../core/queue/sql-find.ts'
import { storedMessage } from '../../core/queue/sql-message.ts'
import { ANY_DELIVERY, countMeant, type Selection } from '../../core/queue/sql-operate.ts'
import { pretendAll, pretender } from '../../core/queue/sql-pretend.ts'
import { changeStanding, judgedTo, standingsOf, suspectsAfter } from '../../core/standing/sql.ts'
import { measureStreams } from '../../core/standing/sql-measure.ts'
import { watchStreams } from '../../core/standing/watch.ts'
import { fillStats } from '../../core/stats/sql-follow.ts'
import { countingBounces } from '../counted.ts'
import { type JobOptions, receiveOf } from './options.ts'

/** Longer than anything that was being sent when its account was contained. */
const UNDER_WAY_MS = 3_600_000

/** Tells senders what became of their mail. */
export async function tellSenders(options: JobOptions, signal: AbortSignal): Promise<void> {
  const { db, events, segments, clock, log } = options
  const reader = noticeReader({
    receive: receiveOf(options),
    segments,
    clock,
    log,
    delivery: (id) => deliveryById(db, id),
    stored: (id) => storedMessage(db, id),
    localeOf: async (address) => (await accountByLogin(db, address))?.locale ?? null,
    deliver: (args, id) => db.write(deliver, args, id),
    advance: (position) => db.write(advanceReader, { reader: NOTICE_READER, position }),
  })
  await catchUp(events, reader, signal)
}

/** Keeps the list of who is not written to, and counts what it reads of. */
export async function keepSuppressions({ db, events, clock, metrics }: JobOptions, signal: AbortSignal): Promise<void> {
  const reader = suppressReader({ clock, follow: (args) => db.write(followSigns, args) })
  const count = countingBounces(metrics)
  const handle: typeof reader.handle = async (events, position) => {
    await reader.handle(events, position)
    count(events)
  }
  await catchUp(events, { name: reader.name, handle }, signal)
}

/** Watches what accounts send, and does what containment asks for. */
export async function watchSending({ db, events, clock, log, watch, endSessions }: JobOptions, signal: AbortSignal): Promise<void> {
  // Counted first: a queue is long, and looking for what is not there need not keep the writer.
  const operation = (what: 'hold' | 'release') => async (account: AccountId) => {
    // What its checks hold nobody has looked at yet.
    const selection: Selection = { ...ANY_DELIVERY, account, held: what === 'release' ? 'by-hand' : '' }
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
  await catchUp(events, reader, signal)
  // What was being sent comes back without an event when it was not tried.
  for (const account of await containedSince(db, clock.nowMs() - UNDER_WAY_MS)) await operation('hold')(account)
}

/** Learns what users say of their mail by moving it to Junk and back. */
export async function learnJudged({ db, events, segments, taught }: JobOptions, signal: AbortSignal): Promise<void> {
  const options: TrainOptions = {
    segments,
    taught,
    bytesOf: (account, email) => emailBytes(db, account, email),
    train: (args) => db.write(train, args),
    forget: (account) => db.write(forgetAccount, account),
  }
  await catchUp(events, trainReader(options, TRAIN_READER), signal)
}

/** A demo that keeps its mail answers for certain recipients, and every house for what test keys send. */
export async function pretendFates({ db, events, clock, house }: JobOptions, signal: AbortSignal): Promise<void> {
  await catchUp(events, pretender({ pretend: (args) => db.write(pretendAll, args), nowMs: () => clock.nowMs(), others: house.outbound === 'captured' ? 'keep' : 'deliver' }), signal)
}

/** Judges how mail of each stream stands with each provider. */
export async function judgeStreams({ db, events, stats, clock, log }: JobOptions, signal: AbortSignal): Promise<void> {
  const options = {
    log: events,
    count: () => fillStats(db, stats, signal),
    measure: (organization: OrganizationId, fromMs: number) => measureStreams(stats, organization, fromMs),
    standings: (organization: OrganizationId) => standingsOf(db, organization),
    suspects: (after: string) => suspectsAfter(db, after),
    change: (args: Parameters<typeof changeStanding.run>[1]) => db.write(changeStanding, args),
    judgedTo: (position: string) => db.write(judgedTo, { position }),
    lookSoon: (organization: OrganizationId) => db.write(lookSoon, { organization, nowMs: clock.nowMs() }),
    clock,
    told: log,
  }
  await watchStreams(options, signal)
}
