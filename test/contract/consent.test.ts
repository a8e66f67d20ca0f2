import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { followSigns } from '../../src/core/bounce/sql-suppress.ts'
import type { Sign } from '../../src/core/bounce/suppress.ts'
import type { Consent } from '../../src/core/consent/consent.ts'
import { CLOCK_MS } from '../../src/core/consent/limits.ts'
import { consentsAfter, purgeConsents, recordConsent, withdraw } from '../../src/core/consent/sql.ts'
import { suppress, suppressionsOf } from '../../src/core/suppression/sql.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openApiHouse } from '../support/api-house.ts'
import { openTestDatabase } from '../support/database.ts'
import { NOW_MS } from '../support/people.ts'

const O1 = 'o1' as OrganizationId
const CICI = 'cici@far.example'

const record = (db: Database, id: string, over: Partial<Consent> = {}): Promise<Consent> =>
  db.write(recordConsent, { organization: O1, id, address: CICI, stream: 'broadcast', source: 'https://toko.example/daftar', wording: 'Kirimi saya kabar', version: null, client: null, proof: null, givenMs: NOW_MS, recordedMs: NOW_MS, ...over })

const listed = async (db: Database, organization = O1): Promise<readonly string[]> =>
  (await consentsAfter(db, { organization, address: null, after: '', limit: 100 })).map(({ id, withdrawnMs, withdrawnBy }) => `${id} ${withdrawnMs === null ? 'holds' : `${withdrawnMs - NOW_MS} ${String(withdrawnBy)}`}`)

async function follow(db: Database, category: Sign['category'], atMs: number): Promise<void> {
  const sign = { organization: O1, account: null as AccountId | null, message: 'm1' as MessageId, delivery: 'q1' as DeliveryId, address: CICI, category, reason: 'abuse', atMs }
  await db.write(followSigns, { signs: [sign], domains: [], position: '1', nowMs: atMs })
}

test('a complaint ends consents to what goes to many that were given before it, once, in its organization alone', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await record(db, 'g1')
  await record(db, 'g2', { stream: 'transactional' })
  await record(db, 'g3', { address: 'dodi@far.example' })
  await record(db, 'g4', { organization: 'o2' as OrganizationId })
  await record(db, 'g5', { givenMs: NOW_MS + 20 })
  await follow(db, 'bad-mailbox', NOW_MS + 5)
  await follow(db, 'complaint', NOW_MS + 10)
  await follow(db, 'complaint', NOW_MS + 15)
  assert.deepEqual(await listed(db), ['g1 10 complaint', 'g2 holds', 'g3 holds', 'g5 holds'])
  assert.deepEqual(await listed(db, 'o2' as OrganizationId), ['g4 holds'])
})

test('a consent that was given before its giver unsubscribed is written down with its end, a later one holds', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const stop = { organization: O1, address: CICI, scope: 'broadcast', reason: '', delivery: null, expiresMs: null, lockedMs: null } as const
  await db.write(suppress, { ...stop, category: 'unsubscribe', createdMs: NOW_MS + 10 })
  await db.write(suppress, { ...stop, scope: 'all', category: 'manual', createdMs: NOW_MS + 50 })
  assert.equal((await record(db, 'g1')).withdrawnBy, 'unsubscribe')
  await record(db, 'g2', { givenMs: NOW_MS + 11 })
  await record(db, 'g3', { stream: 'transactional' })
  assert.deepEqual(await listed(db), ['g1 10 unsubscribe', 'g2 holds', 'g3 holds'])
})

test('a consent is forgotten some time after its end, and never while it holds', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await record(db, 'g1')
  await follow(db, 'complaint', NOW_MS)
  await record(db, 'g2', { givenMs: NOW_MS + 1 })
  assert.equal(await db.write(purgeConsents, { beforeMs: NOW_MS }), 0)
  assert.equal(await db.write(purgeConsents, { beforeMs: NOW_MS + 1 }), 1)
  assert.equal(await db.write(purgeConsents, { beforeMs: NOW_MS * 2 }), 0)
  assert.deepEqual(await listed(db), ['g2 holds'])
})

test('who asks a person to stop gets nothing more that goes to many, and what he agreed to has ended', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await record(db, 'g1')
  await record(db, 'g2', { stream: 'transactional' })
  const ask = (nowMs: number): Promise<number> => db.write(withdraw, { organization: O1, address: CICI, reason: 'by phone', nowMs })
  assert.deepEqual([await ask(NOW_MS + 10), await ask(NOW_MS + 20)], [1, 0])
  assert.deepEqual(await listed(db), ['g1 10 request', 'g2 holds'])
  const stopped = await suppressionsOf(db, O1, CICI, NOW_MS + 20)
  assert.deepEqual(stopped.map(({ scope, category, reason }) => [scope, category, reason]), [['broadcast', 'unsubscribe', 'by phone']])
  await follow(db, 'complaint', NOW_MS + 30)
  assert.equal(await ask(NOW_MS + 40), 0)
  assert.deepEqual((await suppressionsOf(db, O1, CICI, NOW_MS + 40)).map(({ category }) => category), ['complaint'])
})

test('programs write consents down and read them page by page, of one address or all', async () => {
  await using house = await openApiHouse()
  const key = await house.key(house.home)
  const asked = { email: ' Cici@Far.example ', source: 'https://toko.example/daftar', wording: 'Kirimi saya kabar,\nseminggu sekali.', text_version: '3/id', client_address: '2001:db8::7', proof: 'surel m1', given_at: '2026-01-31T12:00:00Z' }
  const { status, body } = await house.ask(key, '/v1/consents', { json: asked })
  const { id, recorded_at, ...rest } = body
  assert.deepEqual([status, rest], [201, { ...asked, object: 'consent', email: CICI, stream: 'broadcast', given_at: '2026-01-31T12:00:00.000Z', withdrawn_at: null, withdrawn_by: null }])
  for (const email of ['dodi@far.example', 'CICI@far.example']) await house.ask(key, '/v1/consents', { json: { email, source: 'kasir', wording: 'Ya' } })
  const page = async (query: string) => (await house.ask(key, `/v1/consents?${query}`)).body as { data: { id: string; email: string; recorded_at: string }[]; next_cursor: string | null }
  const first = await page('email=CICI@Far.example&limit=1')
  assert.deepEqual([first.data[0]?.id, first.data[0]?.recorded_at], [id, recorded_at])
  const second = await page(`email=cici@far.example&limit=1&cursor=${String(first.next_cursor)}`)
  assert.deepEqual([second.data.map(({ email }) => email), second.next_cursor], [[CICI], null])
  assert.notEqual(second.data[0]?.id, id)
  assert.equal((await page('')).data.length, 3)

  const faults: readonly (readonly [object, string])[] = [
    [{ email: 'cici' }, 'email'], [{ client_address: '192.0.2.0/24' }, 'client_address'], [{ wording: '' }, 'wording'], [{ source: 'a\0b' }, 'source'], [{ stream: 'iklan' }, 'stream'],
    [{ given_at: new Date(Date.now() + 2 * CLOCK_MS).toISOString() }, 'given_at'],
  ]
  for (const [over, field] of faults) {
    const refused = await house.ask(key, '/v1/consents', { json: { ...asked, ...over } })
    assert.deepEqual([refused.status, (refused.body['errors'] as { field: string }[])[0]?.field], [422, field])
  }
  const confined = await house.key(house.home, { scopes: ['send'], streams: ['transactional'] })
  assert.equal((await house.ask(confined, '/v1/consents', { json: asked })).status, 422)
  assert.equal((await house.ask(confined, '/v1/consents', { json: { ...asked, stream: 'transactional' } })).status, 201)
  assert.equal((await house.ask(confined, '/v1/consents')).status, 403)
  const early = await house.ask(key, '/v1/consents', { json: { ...asked, email: 'eko@far.example', given_at: new Date(Date.now() + CLOCK_MS / 2).toISOString() } })
  assert.equal(early.body['given_at'], early.body['recorded_at']) // A clock that is ahead.
  const end = (from: string, email: string) => house.ask(from, '/v1/consents/withdraw', { json: { email, reason: 'lewat telepon' } })
  assert.deepEqual([(await end(confined, CICI)).status, (await end(key, 'cici')).status], [422, 422])
  assert.deepEqual((await end(key, ' CICI@far.example')).body, { object: 'consent_withdrawal', email: CICI, ended: 2 })
})
