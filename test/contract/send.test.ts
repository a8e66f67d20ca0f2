import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeliveryId, Domain, OrganizationId } from '../../src/base/brand.ts'
import type { Note } from '../../src/core/bounce/note.ts'
import { takeReturned } from '../../src/core/bounce/sql-returned.ts'
import { noteLook } from '../../src/core/domain/proof/sql-look.ts'
import { catchUp } from '../../src/core/event/follow.ts'
import { putSource, sourceBook } from '../../src/core/pool/sql-source.ts'
import { pretendAll, pretender } from '../../src/core/queue/sql-pretend.ts'
import { suppress } from '../../src/core/suppression/sql.ts'
import { draftOf } from '../../src/core/send/draft.ts'
import { REMEMBER_MS, SENT_MS } from '../../src/core/send/limits.ts'
import { prepare, type Prepared, type Sender } from '../../src/core/send/prepare.ts'
import { lastEventOf } from '../../src/core/send/sent.ts'
import type { EmailRequest } from '../../src/core/send/shape.ts'
import { acceptEmails, type Accepted, type Claim, knownRequest, purgeSent } from '../../src/core/send/sql-send.ts'
import { cancelSent, rescheduleSent, sentBefore, sentById, sentTo } from '../../src/core/send/sql-sent.ts'
import { measureStreams } from '../../src/core/standing/sql-measure.ts'
import { ANY } from '../../src/core/stats/asked.ts'
import type { Counts } from '../../src/core/stats/counter.ts'
import { fillStats } from '../../src/core/stats/sql-follow.ts'
import { readStats } from '../../src/core/stats/sql-read.ts'
import { noteHit } from '../../src/core/track/sql.ts'
import { ANYBODY } from '../../src/core/track/token.ts'
import { DAY_MS } from '../../src/base/duration.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { shownEvents, shownLog } from '../support/events.ts'
import { openHouse, type TestHouse } from '../support/house.ts'
import { NOW_MS } from '../support/people.ts'

const HALO: EmailRequest = { from: 'ani@home.example', to: ['cici@far.example', 'dodi@far.example'], subject: 'Halo', text: 'Halo' }
const CLAIM: Claim = { key: 'live pesanan-1', digest: 'd1' }

async function prepared(house: TestHouse, over: Partial<EmailRequest> = {}, sender: Partial<Sender> = {}): Promise<Prepared> {
  const draft = draftOf({ ...HALO, ...over }, NOW_MS)
  assert.ok(draft.ok)
  const made = await prepare({ ...house.receive, check: null, trackOrigin: 'https://mail.home.example' }, { organization: house.ani.organization, key: 'k1', mode: 'live', domains: null, streams: null, ...sender }, draft.value, NOW_MS)
  assert.ok(made.ok, JSON.stringify(made))
  return made.value
}

async function accept(db: Database, email: Prepared, organization: OrganizationId, claim: Claim | null, nowMs = NOW_MS): Promise<Accepted> {
  const recipients = email.deliveries.map(({ id, recipient }) => ({ id, email: recipient }))
  return await db.write(acceptEmails, { organization, claim, emails: [email], taking: null, outline: { kind: 'one', email: { id: email.message.id, status: 'queued', recipients } }, nowMs })
}

test('of equal requests at the same moment one is done, and all get its answer', async () => {
  await using house = await openHouse()
  const { organization } = house.ani
  const emails = await Promise.all(Array.from({ length: 10 }, () => prepared(house)))
  const answers = await Promise.all(emails.map((email) => accept(house.db, email, organization, CLAIM)))
  assert.equal(answers.filter(({ kind }) => kind === 'accepted').length, 1)
  assert.equal(new Set(answers.map((each) => ('answer' in each ? each.answer : ''))).size, 1)
  assert.equal((await sentBefore(house.db, { organization, before: '', limit: 100 })).length, 1)
  assert.deepEqual(answers.find(({ kind }) => kind === 'known'), await knownRequest(house.db, organization, CLAIM, NOW_MS))
  assert.deepEqual(await accept(house.db, await prepared(house), organization, { ...CLAIM, digest: 'd2' }), { kind: 'conflict' })
})

test('bounces of programs come to the domain of their author as soon as a look has found that it takes them', async () => {
  await using house = await openHouse()
  const { organization } = house.ani
  const hosts = async (): Promise<readonly string[]> => (await prepared(house)).deliveries.map(({ sender }) => sender.slice(sender.lastIndexOf('@') + 1))
  const host = house.receive.house.hostname
  assert.deepEqual(await hosts(), [host, host])
  const look = async (ownReturns?: boolean, of = organization): Promise<unknown> =>
    await house.db.write(noteLook, { name: 'home.example' as Domain, organization: of, failed: [], unknown: [], nowMs: NOW_MS, ...(ownReturns === undefined ? {} : { ownReturns }) })
  await look(true)
  assert.deepEqual(await hosts(), ['home.example', 'home.example'])
  await look()
  assert.deepEqual(await hosts(), ['home.example', 'home.example'], 'DNS did not say: what was known stays')
  await look(false)
  assert.deepEqual(await hosts(), [host, host])
  await look(true, 'o-other' as OrganizationId)
  assert.deepEqual(await hosts(), [host, host], 'what was looked at when it was somebody else’s says nothing')
})

test('a key is the organization’s own, and is forgotten after a day', async () => {
  await using house = await openHouse()
  const { organization } = house.ani
  const first = await accept(house.db, await prepared(house), organization, CLAIM)
  assert.equal((await accept(house.db, await prepared(house), 'o-other' as OrganizationId, CLAIM)).kind, 'accepted')
  assert.equal((await accept(house.db, await prepared(house), organization, CLAIM, NOW_MS + REMEMBER_MS - 1)).kind, 'known')
  const later = await accept(house.db, await prepared(house), organization, { ...CLAIM, digest: 'd2' }, NOW_MS + REMEMBER_MS)
  assert.equal(later.kind, 'accepted')
  assert.notDeepEqual(later, first)
})

test('what is kept of messages and requests goes when its time is over', async () => {
  await using house = await openHouse()
  const { organization } = house.ani
  const email = await prepared(house)
  await accept(house.db, email, organization, CLAIM)
  assert.equal(await house.db.write(purgeSent, { nowMs: NOW_MS + REMEMBER_MS }), 0)
  assert.equal(await house.db.write(purgeSent, { nowMs: NOW_MS + REMEMBER_MS + 1 }), 1)
  assert.equal(await house.db.write(purgeSent, { nowMs: NOW_MS + SENT_MS + 1 }), 1)
  assert.equal(await sentById(house.db, organization, email.message.id), null)
})

test('whoever is not written to is told in the answer, and gets nothing', async () => {
  await using house = await openHouse()
  const { organization } = house.ani
  await house.db.write(suppress, { organization, address: 'Dodi@far.example', scope: 'all', category: 'bad-mailbox', reason: '', delivery: null, createdMs: NOW_MS, expiresMs: null, lockedMs: null })
  const email = await prepared(house)
  const accepted = await accept(house.db, email, organization, null)
  assert.ok(accepted.kind === 'accepted')
  const { status, recipients } = JSON.parse(accepted.answer) as { readonly status: string; readonly recipients: readonly { readonly email: string; readonly status: string }[] }
  assert.deepEqual([status, recipients.map((each) => `${each.email} ${each.status}`)], ['queued', ['cici@far.example queued', 'dodi@far.example suppressed']])
  assert.deepEqual((await sentTo(house.db, organization, email.message.id)).map(({ state }) => state), ['captured', 'suppressed'])
})

test('a message that waits is given another time, and given up, by its organization alone', async () => {
  await using house = await openHouse()
  const { organization } = house.ani
  const email = await prepared(house, { scheduled_at: 'in 1 hour' })
  await accept(house.db, email, organization, null)
  const message = email.message.id
  const change = { message, by: 'key k1', nowMs: NOW_MS }
  const other = 'o-other' as OrganizationId
  assert.deepEqual(await house.db.write(rescheduleSent, { ...change, organization: other, atMs: NOW_MS + 1 }), [])
  assert.equal(await house.db.write(cancelSent, { ...change, organization: other }), 0)
  assert.deepEqual(await house.db.write(rescheduleSent, { ...change, organization, atMs: NOW_MS + 7_200_000 }), ['far.example'])
  const moved = await sentTo(house.db, organization, message)
  assert.deepEqual([moved.map(({ dueMs }) => dueMs - NOW_MS), lastEventOf(moved, null, NOW_MS)], [[7_200_000, 7_200_000], 'scheduled'])
  assert.deepEqual(await house.db.write(rescheduleSent, { ...change, organization, nowMs: NOW_MS + 7_200_000, atMs: NOW_MS + 9_000_000 }), [])
  assert.equal(await house.db.write(cancelSent, { ...change, organization }), 2)
  assert.equal(lastEventOf(await sentTo(house.db, organization, message), null, NOW_MS), 'canceled')
  const types = (await shownEvents(house.db)).filter((event) => event.message === message).map(({ type }) => type)
  assert.deepEqual(types, ['mail.arrived', 'delivery.captured', 'delivery.captured', 'delivery.rescheduled', 'delivery.rescheduled', 'delivery.cancelled', 'delivery.cancelled'])
})

test('a complaint is the last thing that happened to a message, and what a person did is, when it was later', async () => {
  await using house = await openHouse()
  const { organization } = house.ani
  const email = await prepared(house, { to: ['complained@far.example', 'cici@far.example'] }, { mode: 'test' })
  await accept(house.db, email, organization, null)
  await catchUp(shownLog(house.db), pretender({ pretend: (args) => house.db.write(pretendAll, args), nowMs: () => NOW_MS, others: 'deliver' }), new AbortController().signal)
  const recipients = await sentTo(house.db, organization, email.message.id)
  assert.deepEqual(recipients.map(({ recipient, complainedMs }) => [recipient, complainedMs]), [['cici@far.example', null], ['complained@far.example', NOW_MS]])
  assert.deepEqual(recipients.map((each) => lastEventOf([each], null, NOW_MS)), ['delivered', 'complained'])
  assert.deepEqual([1, -1].map((laterMs) => lastEventOf(recipients, { kind: 'click', atMs: NOW_MS + laterMs }, NOW_MS)), ['clicked', 'complained'])
  assert.deepEqual([lastEventOf([], { kind: 'open', atMs: NOW_MS }, NOW_MS), lastEventOf([], null, NOW_MS)], ['opened', null])
})

test('a complaint that comes back is noted at its delivery, other feedback is not', async () => {
  await using house = await openHouse()
  const { organization } = house.ani
  const email = await prepared(house)
  await accept(house.db, email, organization, null)
  const [delivery] = email.deliveries
  assert.ok(delivery !== undefined)
  const note: Note = { kind: 'complained', category: null, underlying: null, status: null, reply: '', host: null, rule: null, action: 'not-spam' }
  const take = (id: string, over: Partial<Note>): Promise<string> => house.db.write(takeReturned, { id, delivery: delivery.id, note: { ...note, ...over }, head: new Uint8Array(1), peer: '192.0.2.1', nowMs: NOW_MS })
  const noted = async (): Promise<unknown> => (await sentTo(house.db, organization, email.message.id)).map(({ complainedMs }) => complainedMs)
  assert.equal(await take('r1', {}), 'taken')
  assert.deepEqual(await noted(), [null, null])
  assert.equal(await take('r2', { category: 'complaint', action: 'abuse' }), 'taken')
  assert.deepEqual(await noted(), [NOW_MS, null])
})

const wentFrom = write('test.went', function* (tx, args: { readonly id: string; readonly last: string }) {
  yield* tx.run(WENT, args)
})
const WENT = statement<{ id: string; last: string }>("UPDATE delivery SET state = 'delivered', last_reply = $last WHERE id = $id")

test('a complaint and a bounce that come back count for the warm-up of the address that the mail went from, other reports do not', async () => {
  await using house = await openHouse()
  const { organization } = house.ani
  const email = await prepared(house)
  await accept(house.db, email, organization, null)
  await house.db.write(putSource, { id: 'a', address: '192.0.2.1', ehlo: 'a.home.example', state: 'warming', weight: 1, plan: { profile: 'standard', targetPerDay: null, percent: 100 }, nowMs: NOW_MS })
  const note: Note = { kind: 'complained', category: 'complaint', underlying: null, status: null, reply: '', host: null, rule: null, action: 'abuse' }
  const [one, other] = email.deliveries
  const take = async (id: string, delivery: DeliveryId | undefined, over: Partial<Note>): Promise<void> => {
    await house.db.write(wentFrom, { id: delivery ?? '', last: JSON.stringify({ status: '2.0.0', text: '', host: null, atMs: NOW_MS, source: 'a' }) })
    assert.equal(await house.db.write(takeReturned, { id, delivery: delivery ?? null, note: { ...note, ...over }, head: new Uint8Array(1), peer: '192.0.2.1', nowMs: NOW_MS }), 'taken')
  }
  const counted = async (): Promise<readonly unknown[]> => {
    const facts = (await sourceBook(house.db)).sources.get('a')?.warming?.facts.other
    return [facts?.sent, facts?.complaints, facts?.hardBounced]
  }
  await take('r1', one?.id, {})
  assert.deepEqual(await counted(), [0, 1, 0])
  await take('r2', other?.id, { kind: 'bounced', category: 'bad-mailbox', action: 'failed' })
  assert.deepEqual(await counted(), [0, 1, 1])
  await take('r3', other?.id, { kind: 'bounced', category: 'block-ip', action: 'failed' })
  await take('r5', one?.id, {})
  await take('r4', one?.id, { category: null, action: 'not-spam' })
  assert.deepEqual(await counted(), [0, 1, 1])
})

test('what a test key sends stays here, even when it is for a mailbox of ours, and counts as delivered', async () => {
  await using house = await openHouse()
  const receive = { ...house.receive, house: { ...house.receive.house, outbound: 'queued' as const } }
  const to = ['budi@home.example', 'cici@far.example']
  const live = await prepared({ ...house, receive }, { to })
  assert.deepEqual(live.deliveries.map(({ route, state }) => `${route} ${state}`), ['local queued', 'remote queued'])
  const kept = await prepared({ ...house, receive }, { to }, { mode: 'test' })
  assert.deepEqual(kept.deliveries.map(({ route, state }) => `${route} ${state}`), ['remote captured', 'remote captured'])
  const { organization } = house.ani
  await accept(house.db, kept, organization, null)
  await catchUp(shownLog(house.db), pretender({ pretend: (args) => house.db.write(pretendAll, args), nowMs: () => NOW_MS, others: 'deliver' }), new AbortController().signal)
  assert.deepEqual((await sentTo(house.db, organization, kept.message.id)).map(({ state }) => state), ['delivered', 'delivered'])
})

test('mail of a test key counts nowhere, and the same mail of a demo does', async () => {
  await using house = await openHouse()
  const { organization } = house.ani
  const to = ['bounced@far.example', 'complained@far.example', 'suppressed@far.example', 'full@far.example', 'cici@far.example']
  await house.db.write(suppress, { organization, address: 'dodi@far.example', scope: 'all', category: 'bad-mailbox', reason: '', delivery: null, createdMs: NOW_MS, expiresMs: null, lockedMs: null })
  const counted = async (sender: Partial<Sender>): Promise<Counts | undefined> => {
    const email = await prepared(house, { to: [...to, 'dodi@far.example'], html: '<p>Halo <a href="https://toko.example/">toko</a></p>', stream: 'broadcast' }, sender)
    await accept(house.db, email, organization, null)
    await catchUp(shownLog(house.db), pretender({ pretend: (args) => house.db.write(pretendAll, args), nowMs: () => NOW_MS, others: 'deliver' }), new AbortController().signal)
    for (const recipient of [4, ANYBODY]) await house.db.write(noteHit, { message: email.message.id, recipient, hit: { kind: 'open', link: 0, method: 'GET', agent: 'browser', atMs: NOW_MS + 60_000 } })
    await shownEvents(house.db)
    await fillStats(house.db, house.stats, new AbortController().signal)
    const asked = { organization, fromMs: NOW_MS - DAY_MS, toMs: NOW_MS + DAY_MS, step: 'day', series: false, groupBy: null, where: ANY } as const
    return (await readStats(house.stats, asked)).rows[0]?.counts
  }
  assert.deepEqual(Object.entries((await counted({ mode: 'test' })) ?? {}).filter(([, count]) => count !== 0), [])
  assert.deepEqual([...(await measureStreams(house.stats, organization, 0))], [])
  const live = await counted({})
  assert.deepEqual([live?.accepted, live?.hard, live?.suppressed, live?.complained, live?.opensHuman], [5, 1, 2, 1, 2])
})

test('what a message cannot tell of its readers is said when it is taken, and is no part of what its rates divide by', async () => {
  await using house = await openHouse()
  const { organization } = house.ani
  const html = '<p>Halo <a href="https://toko.example/">toko</a></p>'
  const one = { to: ['delivered@far.example'], html, stream: 'broadcast' } satisfies Partial<EmailRequest>
  const sent: readonly (readonly [string | undefined, Partial<EmailRequest>])[] = [
    [undefined, one], ['opens', { ...one, tracking: { clicks: false } }], ['clicks', { ...one, tracking: { opens: false } }], ['none', { to: ['delivered@far.example'] }],
    ['none', { ...one, tracking: { anonymous: true } }], ['none', { ...one, to: ['delivered@far.example', 'delivered+2@far.example'] }],
  ]
  for (const [tracking, over] of sent) {
    const email = await prepared(house, over)
    await accept(house.db, email, organization, null)
    const queued = (await shownEvents(house.db)).filter(({ message, type }) => message === email.message.id && type === 'delivery.captured')
    assert.deepEqual(new Set(queued.map(({ data }) => (data as { readonly tracking?: string }).tracking)), new Set([tracking]), JSON.stringify(over))
  }
  await catchUp(shownLog(house.db), pretender({ pretend: (args) => house.db.write(pretendAll, args), nowMs: () => NOW_MS, others: 'keep' }), new AbortController().signal)
  await shownEvents(house.db)
  await fillStats(house.db, house.stats, new AbortController().signal)
  const { delivered, deliveredNoPicture, deliveredNoLinks } = (await readStats(house.stats, { organization, fromMs: NOW_MS - DAY_MS, toMs: NOW_MS + DAY_MS, step: 'day', series: false, groupBy: null, where: ANY })).rows[0]?.counts ?? {}
  assert.deepEqual([delivered, deliveredNoPicture, deliveredNoLinks], [7, 5, 5])
})
