import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeliveryId, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { takeReturned } from '../../src/core/bounce/sql-returned.ts'
import type { NewEvent } from '../../src/core/event/event.ts'
import { catchUp } from '../../src/core/event/follow.ts'
import type { LeasedDelivery, NewDelivery, Outcome } from '../../src/core/queue/delivery.ts'
import { lease } from '../../src/core/queue/sql-lease.ts'
import { settle } from '../../src/core/queue/sql-settle.ts'
import type { Prepared } from '../../src/core/send/prepare.ts'
import { acceptEmails } from '../../src/core/send/sql-send.ts'
import { fillStats } from '../../src/core/stats/sql-follow.ts'
import { noteHit } from '../../src/core/track/sql.ts'
import { unsubscribe } from '../../src/core/track/sql-wish.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { onPostgres, openTestDatabase } from '../support/database.ts'
import { shownLog } from '../support/events.ts'
import { mailing } from '../support/mailing.ts'
import { NOW_MS } from '../support/people.ts'
import { storedStats } from '../support/sql-stats.ts'
import { appendStatsLog, sortedRows } from '../support/stats-fill.ts'
import { recount } from '../support/stats-recount.ts'

const DAY_MS = 86_400_000
const START_MS = Math.floor(NOW_MS / DAY_MS) * DAY_MS
const RECIPIENTS = 50
/**
 * How long messages go the whole way of writes on PostgreSQL, where each statement is a journey: accepted, leased, settled, and what comes back of them. Of the rest of the day the log is told what
 * those writes would have told it. SQLite does all of it. Real sessions with servers and readers are in test/e2e/stats-day.long.test.ts.
 */
const WRITES_WITHIN_MS = onPostgres ? 3 * 60_000 : Number.POSITIVE_INFINITY
/** Recipients of the day. */
const ALL = 200_000
const MESSAGES = ALL / RECIPIENTS
const MESSAGES_A_TICK = 10
const HOLDER = 'a sender'

/** Where mail goes, and the site that serves it. */
const PEERS = [['gmail.com', 'gmail'], ['yahoo.com', 'yahoo'], ['outlook.com', 'ms-consumer'], ['far.example', 'mx-0123456789abcdef'], ['near.example', 'mx-fedcba9876543210']] as const

/** What the peers say, by the number in a recipient's name and how often it was tried. They are scripts: nobody is connected to. */
function answerTo({ recipient, attempts }: LeasedDelivery, nowMs: number): Outcome {
  const turn = Number(/\d+/.exec(recipient)?.[0]) % 100
  const answer = (category: NonNullable<Extract<Outcome, { kind: 'failed' }>['answer']['category']>, status: string) => ({ status, text: `${status[0]}50 ${status}`, host: 'mx.example', atMs: nowMs, category })
  const later = (category: Parameters<typeof answer>[0]): Outcome => ({ kind: 'deferred', answer: answer(category, '4.2.0'), dueMs: nowMs + 900_000, counted: true, possibleDuplicate: false })
  if (turn < 3) return { kind: 'failed', answer: answer('bad-mailbox', '5.1.1') }
  if (turn < 4) return { kind: 'failed', answer: answer('block-ip', '5.7.1') }
  if (turn < 8 && attempts === 0) return later('greylist')
  if (turn < 9) return attempts < 2 ? later('mailbox-full') : { kind: 'failed', answer: answer('mailbox-full', '5.2.2') }
  return { kind: 'delivered', answer: { status: '2.0.0', text: '250 2.0.0 Ok', host: 'mx.example', atMs: nowMs } }
}

function prepared(number: number, organization: OrganizationId, nowMs: number): Prepared {
  const id = makeId('m', nowMs) as MessageId
  const stream = number % 3 === 0 ? 'transactional' : 'broadcast'
  const deliveries = Array.from({ length: RECIPIENTS }, (_, i): NewDelivery => {
    const [domain] = PEERS[i % PEERS.length] ?? PEERS[0]
    const wishes = { ret: null, envid: null, notify: [], orcpt: null, body: null, smtputf8: false, requireTls: false, tlsOptional: false }
    return {
      ...{ id: makeId('q', nowMs) as DeliveryId, organization, account: null, sender: 'b@house.example', recipient: `r${number * RECIPIENTS + i}@${domain}`, domain, route: 'remote', stream, priority: stream === 'broadcast' ? 2 : 0 },
      ...{ site: domain, lane: domain, state: 'queued', dueMs: nowMs, expiresMs: nowMs + 4 * DAY_MS, alarmMs: null, wishes, view: { prefix: '', skips: [] }, ...(number % 2 === 0 ? { tags: [`campaign:${number % 7}`, 'kind:news'] } : {}) },
    }
  })
  const head = { from: 'a@house.example', to: [], cc: [], bcc: [], replyTo: [], subject: 'x', tags: [], metadata: {}, messageId: `${id}@house.example` }
  return {
    message: { id, size: 3, digest: new Uint8Array(32), location: { kind: 'inline', bytes: Uint8Array.of(120, 13, 10) } },
    ...{ deliveries, sent: { id, stream, scheduledMs: null, head }, told: { from: 'a@house.example' } },
    tracked: { message: id, stream, recipients: deliveries.map((delivery) => ({ address: delivery.recipient, delivery: delivery.id })), links: ['https://toko.example'], opens: 'noted' },
  }
}

/** One sender asks one site: takes what is due, has the scripted peer answer, writes it down. */
async function deliverTo(db: Database, [lane, site]: (typeof PEERS)[number], nowMs: number): Promise<void> {
  for (;;) {
    const taken = await db.write(lease, { lane, holder: HOLDER, limit: 200, nowMs })
    if (taken.length === 0) return
    const story = { tries: [{ host: 'mx.example', address: '192.0.2.1', tls: lane === 'far.example' ? null : 'TLSv1.3', transcript: [] }] }
    await db.write(settle, { holder: HOLDER, settled: taken.map((delivery) => ({ delivery, outcome: answerTo(delivery, nowMs) })), site, story, nowMs })
  }
}

/** What comes back later of some of a message's deliveries: bounces, complaints, openings, clicks, unsubscriptions. */
async function readersOf(db: Database, email: Prepared, number: number, nowMs: number): Promise<void> {
  const message = email.message.id
  const delivery = (i: number): DeliveryId => email.deliveries[i]?.id ?? ('' as DeliveryId)
  const note = { category: null, underlying: null, status: '5.2.2', reply: 'x', host: null, rule: null, action: 'failed' } as const
  const returned = (i: number, kind: 'bounced' | 'complained', category: 'mailbox-full' | 'complaint') => db.write(takeReturned, { id: makeId('r', nowMs), delivery: delivery(i), note: { ...note, kind, category }, head: new Uint8Array(1), peer: '192.0.2.9', nowMs })
  if (number % 4 === 0) await returned(10 + (number % 30), 'bounced', 'mailbox-full')
  if (number % 10 === 0) await returned(11 + (number % 30), 'complained', 'complaint')
  await db.write(noteHit, { message, recipient: number % RECIPIENTS, hit: { atMs: nowMs, kind: 'open', link: 0, method: 'GET', agent: number % 5 === 0 ? 'apple' : 'browser' } })
  if (number % 2 === 0) await db.write(noteHit, { message, recipient: number % RECIPIENTS, hit: { atMs: nowMs + 5_000, kind: 'click', link: 0, method: 'GET', agent: number % 6 === 0 ? 'scanner' : 'browser' } })
  if (number % 20 === 0) await db.write(unsubscribe, { message, recipient: (number + 1) % RECIPIENTS, by: number % 40 === 0 ? 'page' : 'one-click', nowMs })
}

test('after a day of 200,000 messages the roll-ups are what a recount of the log comes to, exactly', async (t) => {
  await using opened = await openTestDatabase()
  const { db, stats } = opened
  const { signal } = new AbortController()
  const ticks = MESSAGES / MESSAGES_A_TICK
  const earlier: { readonly email: Prepared; readonly number: number }[][] = []
  const beganMs = performance.now()
  let last = ticks
  for (let tick = 0; tick < last + 20; tick++) {
    if (tick < last && performance.now() - beganMs > WRITES_WITHIN_MS) last = tick
    const nowMs = START_MS + Math.floor((tick * DAY_MS) / ticks)
    const numbers = tick < last ? Array.from({ length: MESSAGES_A_TICK }, (_, i) => tick * MESSAGES_A_TICK + i) : []
    const emails = numbers.map((number) => ({ number, organization: `o${1 + (number % 2)}` as OrganizationId })).map(({ number, organization }) => ({ number, organization, email: prepared(number, organization, nowMs) }))
    await Promise.all([...Map.groupBy(emails, (each) => each.organization)].map(async ([organization, own]) => {
      const outline = { kind: 'batch', emails: [], errors: [] } as never // Nobody reads the answer.
      await db.write(acceptEmails, { organization, claim: null, taking: null, emails: own.map(({ email }) => email), outline, nowMs })
    }))
    await Promise.all(PEERS.map((peer) => deliverTo(db, peer, nowMs)))
    earlier.push(emails)
    await Promise.all((earlier.at(-10) ?? []).map(({ email, number }) => readersOf(db, email, number, nowMs)))
    if (tick % 50 === 0) await fillStats(db, stats, signal) // Counted while it happens, in pieces.
  }
  const written = last * MESSAGES_A_TICK * RECIPIENTS
  t.diagnostic(`${written} of ${ALL} recipients by the writes of the program, ${ALL - written} as their events`)
  for (let hour = 0; hour < 24; hour++) {
    const share = (to: number): number => Math.floor(((ALL - written) * to) / 24)
    const told = { organization: 'o3' as OrganizationId, stream: 'broadcast', name: `h${hour}x`, count: share(hour + 1) - share(hour), complaints: 40, atMs: START_MS + hour * 3_600_000 }
    await appendStatsLog(db, mailing(told))
  }
  const log: NewEvent[] = []
  await catchUp(shownLog(db), { name: 'recount', handle: async (events) => void log.push(...events.map(({ type, atMs, organization, account, message, delivery, version, data }) => ({ type, atMs, organization, account, message, delivery, version, data }))) }, signal)
  await fillStats(db, stats, signal)
  const expected = recount(log)
  assert.deepEqual(await storedStats(stats), sortedRows(expected))
  const accepted = [...expected].filter(([key]) => / brief day /.test(key)).reduce((sum, [, counts]) => sum + (counts['accepted'] ?? 0), 0)
  assert.equal(accepted, ALL)
})
