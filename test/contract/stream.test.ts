import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OrganizationId } from '../../src/base/brand.ts'
import { maySendIn } from '../../src/core/access/rights.ts'
import { MAX_STREAMS } from '../../src/core/organization/stream/limits.ts'
import { isBroadcast, readStream, type StreamName } from '../../src/core/organization/stream/name.ts'
import { putStream, removeStream, streamNamed, streamsOf } from '../../src/core/organization/stream/sql.ts'
import { draftOf } from '../../src/core/send/draft.ts'
import { prepare } from '../../src/core/send/prepare.ts'
import type { EmailRequest } from '../../src/core/send/shape.ts'
import { acceptEmails } from '../../src/core/send/sql-send.ts'
import { putOwnSuppression, suppress, suppressionOf, suppressionsOf, takeBackSuppression, unsuppress } from '../../src/core/suppression/sql.ts'
import { type Scope, streamScope } from '../../src/core/suppression/suppression.ts'
import { unsubscribe } from '../../src/core/track/sql-wish.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { openTestDatabase } from '../support/database.ts'
import { openHouse, type TestHouse } from '../support/house.ts'
import { NOW_MS } from '../support/people.ts'

const O1 = 'o1' as OrganizationId
const CICI = 'cici@far.example'
const WEEKLY = 'broadcast.weekly' as const

const put = (db: Database, name: StreamName, organization = O1): Promise<string> =>
  db.write(putStream, { organization, name, title: { en: name }, description: {}, tracking: {}, createdMs: NOW_MS })

async function refusalOf(house: TestHouse, over: Partial<EmailRequest>, streams: readonly string[] | null = null): Promise<readonly string[]> {
  const draft = draftOf({ from: 'ani@home.example', to: CICI, subject: 'Kabar', text: 'Halo', ...over }, NOW_MS)
  if (!draft.ok) return draft.error.map(({ code }) => code)
  const made = await prepare({ ...house.receive, check: null, trackOrigin: 'https://t.example' }, { organization: house.ani.organization, key: 'k1', mode: 'live', domains: null, streams }, draft.value, NOW_MS)
  if (!made.ok) return made.error.map(({ field, code }) => `${field} ${code}`)
  await house.db.write(acceptEmails, { organization: house.ani.organization, claim: null, taking: null, emails: [made.value], outline: { kind: 'one', email: { id: made.value.message.id, status: 'queued', recipients: [] } }, nowMs: NOW_MS })
  return [made.value.message.id]
}

test('a stream is made, renamed for its readers and forgotten, by its organization alone and up to a number', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  assert.equal(await put(db, WEEKLY), 'put')
  assert.equal(await db.write(putStream, { organization: O1, name: WEEKLY, title: { id: 'Mingguan' }, description: { en: 'x' }, tracking: {}, createdMs: NOW_MS + 1 }), 'put')
  assert.deepEqual(await streamNamed(db, O1, WEEKLY), { organization: O1, name: WEEKLY, title: { id: 'Mingguan' }, description: { en: 'x' }, tracking: {}, createdMs: NOW_MS })
  assert.equal(await streamNamed(db, 'o2' as OrganizationId, WEEKLY), null)
  for (let i = 1; i < MAX_STREAMS; i++) assert.equal(await put(db, `broadcast.s${i}`), 'put')
  assert.deepEqual([await put(db, 'broadcast.more'), await put(db, WEEKLY), (await streamsOf(db, O1)).length], ['too-many', 'put', MAX_STREAMS])
  assert.deepEqual([await db.write(removeStream, { organization: O1, name: WEEKLY }), await db.write(removeStream, { organization: O1, name: WEEKLY })], [true, false])
})

test('a name of a stream is read, and nothing else is', () => {
  for (const name of ['transactional', 'broadcast', 'broadcast.a', 'broadcast.a-1', `broadcast.${'a'.repeat(30)}`]) assert.equal(readStream(name), name)
  for (const name of ['', 'submission', 'Broadcast', 'broadcast.', 'broadcast.A', 'broadcast.-a', 'broadcast.a-', 'broadcast.a.b', 'broadcast.a\n', 'broadcast.a:b', `broadcast.${'a'.repeat(31)}`]) assert.equal(readStream(name), null)
  fc.assert(fc.property(fc.string(), (text) => readStream(`broadcast.${text}`) === null || isBroadcast(`broadcast.${text}`)))
})

test('mail goes in streams that are there, and who may send to many may send in all of them', async () => {
  await using house = await openHouse()
  assert.deepEqual(await refusalOf(house, { stream: WEEKLY }), ['stream unknown_stream'])
  await put(house.db, WEEKLY, house.ani.organization)
  assert.deepEqual(await refusalOf(house, { stream: 'broadcast.wekly' }), ['stream unknown_stream'])
  assert.deepEqual(await refusalOf(house, { stream: 'news' }), ['invalid_stream'])
  assert.deepEqual(await refusalOf(house, { stream: WEEKLY }, ['transactional']), ['stream not_allowed'])
  assert.match((await refusalOf(house, { stream: WEEKLY }, ['broadcast']))[0] ?? '', /^m/)
  assert.deepEqual([['broadcast'], ['transactional'], null].map((streams) => maySendIn({ domains: null, streams }, 'home.example' as never, WEEKLY)), [true, false, true])
})

test('whoever unsubscribes from a stream with a name gets the others', async () => {
  await using house = await openHouse()
  const { db } = house
  const { organization } = house.ani
  await put(db, WEEKLY, organization)
  await put(db, 'broadcast.offers', organization)
  const [message = ''] = await refusalOf(house, { stream: WEEKLY })
  assert.equal(await db.write(unsubscribe, { message: message as never, recipient: 0, by: 'one-click', nowMs: NOW_MS }), 'done')
  assert.equal(await db.write(unsubscribe, { message: message as never, recipient: 0, by: 'one-click', nowMs: NOW_MS }), 'known')
  assert.deepEqual((await suppressionsOf(db, organization, CICI, NOW_MS)).map(({ scope, category }) => [scope, category]), [['stream:broadcast.weekly', 'unsubscribe']])
  const stops = (stream: string, traffic: 'broadcast' | 'transactional' = 'broadcast') => db.read(function* (tx) {
    return (yield* suppressionOf(tx, organization, CICI, { stream, traffic }, NOW_MS)) !== null
  })
  assert.deepEqual([await stops(WEEKLY), await stops('broadcast.offers'), await stops('broadcast'), await stops('transactional', 'transactional')], [true, false, false, false])
})

const own = write('test.own-stop', function* (tx, args: { readonly scope: Scope; readonly undo: string; readonly nowMs: number }) {
  return yield* putOwnSuppression(tx, { organization: O1, address: CICI, reason: 'x', ...args, undo: args.undo as never })
})
const back = write('test.take-back', function* (tx, args: { readonly scope: Scope; readonly undo: string; readonly nowMs: number }) {
  return yield* takeBackSuppression(tx, { organization: O1, address: CICI, ...args, undo: args.undo as never })
})

test('only who made an entry takes it back, and never one that others have made, before or after', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const scope = streamScope(WEEKLY)
  const mine = { scope, undo: 'q1', nowMs: NOW_MS }
  const others = { organization: O1, address: CICI, scope, reason: '', delivery: 'q1' as never, createdMs: NOW_MS, expiresMs: null, lockedMs: null }
  assert.deepEqual([await db.write(own, mine), await db.write(own, mine)], [true, false])
  assert.deepEqual([await db.write(back, { ...mine, undo: 'q2' }), await db.write(back, { ...mine, scope: 'broadcast' }), await db.write(back, mine), await db.write(back, mine)], [false, false, true, false])
  // It may be pressed again, and is not locked by that.
  assert.deepEqual([await db.write(own, mine), await db.write(back, mine), await db.write(own, mine)], [true, true, true])
  assert.equal((await suppressionsOf(db, O1, CICI, NOW_MS))[0]?.lockedMs, null)
  for (const category of ['complaint', 'manual', 'bad-mailbox', 'unsubscribe']) {
    await db.write(suppress, { ...others, category })
    assert.equal(await db.write(back, mine), false, category)
    assert.equal(await db.write(own, mine), false, category)
    assert.equal(await db.write(back, mine), false, category)
    assert.equal((await suppressionsOf(db, O1, CICI, NOW_MS))[0]?.category, category)
  }
  // What others stopped for a while lasts when its owner wants so, and he cannot shorten it.
  await db.write(suppress, { ...others, category: 'manual', expiresMs: NOW_MS + 10 })
  assert.deepEqual([await db.write(own, mine), await db.write(back, mine)], [true, false])
  assert.equal((await suppressionsOf(db, O1, CICI, NOW_MS + 20))[0]?.category, 'unsubscribe')
  assert.equal(await db.write(unsuppress, { organization: O1, address: CICI, nowMs: NOW_MS }), 'removed')
  assert.equal(await db.write(back, mine), false)
})
