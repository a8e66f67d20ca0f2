import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrganizationId } from '../../src/base/brand.ts'
import type { FilterEntry } from '../../src/core/filter/entry/entry.ts'
import type { EntryFacts } from '../../src/core/filter/entry/facts.ts'
import { countHits, entriesAfter, entriesFor, purgeEntries, putEntry, putEntryIfNone, removeEntry } from '../../src/core/filter/entry/sql-entry.ts'
import { purgeThresholds, removeThresholds, setThresholds, thresholdsAfter, thresholdStore } from '../../src/core/filter/threshold/sql-threshold.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { makeHome, makePerson, NOW_MS } from '../support/people.ts'

const O1 = 'o1' as OrganizationId
const PLATFORM = { organization: '', owner: { kind: 'platform' } } as const
const DOMAIN = { organization: O1, owner: { kind: 'domain', domain: 'home.example' } } as const
const ACCOUNT = { organization: O1, owner: { kind: 'account', account: 'a1' } } as const
const FACTS: EntryFacts = { client: '192.0.2.7', ehlo: 'mx.far.example', from: ['Cici@Far.example'], envelope: 'bounce.far.example', signers: ['far.example'], links: [], recipient: 'ani@home.example' }

let made = 0
const put = async (db: Database, over: Partial<FilterEntry>): Promise<string> => {
  const entry: FilterEntry = { id: `f${++made}`, ...PLATFORM, kind: 'net', value: '192.0.2.0/24', action: 'reject', comment: '', author: 'test', createdMs: NOW_MS, expiresMs: null, hits: 0, hitMs: null, ...over }
  return await db.write(putEntry, entry)
}

const holding = async (db: Database, facts: Partial<EntryFacts> = {}, account: string | null = 'a1', nowMs = NOW_MS): Promise<readonly string[]> =>
  (await entriesFor(db, { organization: O1, domain: 'home.example', account }, { ...FACTS, ...facts }, nowMs)).map(({ owner, kind, value }) => `${owner.kind} ${kind} ${value}`)

test('entries of the platform, the domain and the account hold for a recipient, those of others do not', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db, {})
  await put(db, { ...DOMAIN, kind: 'from', value: 'cici@far.example', action: 'allow' })
  await put(db, { ...ACCOUNT, kind: 'envelope', value: '*.far.example' })
  await put(db, { ...ACCOUNT, owner: { kind: 'account', account: 'a2' } })
  await put(db, { ...DOMAIN, owner: { kind: 'domain', domain: 'other.example' } })
  await put(db, { ...DOMAIN, organization: 'o2' as OrganizationId })
  await put(db, { kind: 'signer', value: 'near.example' })
  assert.deepEqual(await holding(db), ['platform net 192.0.2.0/24', 'account envelope *.far.example', 'domain from cici@far.example'])
  assert.deepEqual(await holding(db, {}, null), ['platform net 192.0.2.0/24', 'domain from cici@far.example'])
  assert.deepEqual(await holding(db, { client: '2001:db8::1', ehlo: 'a\0b', from: ['\ud800@x.example', '"a\u0001"@y.example'], envelope: null, signers: [], links: ['a\0b', 'x.example'], recipient: null }, 'a1'), [])
})

test('an entry that the program makes replaces nobody\'s, but for one whose time is over', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const entry: FilterEntry = { id: 'f', ...DOMAIN, kind: 'net', value: '192.0.2.7/32', action: 'reject', comment: '', author: 'trap', createdMs: NOW_MS, expiresMs: NOW_MS + 1000, hits: 0, hitMs: null }
  assert.deepEqual([await db.write(putEntryIfNone, entry), await db.write(putEntryIfNone, entry)], ['put', 'there'])
  assert.equal(await db.write(putEntryIfNone, { ...entry, createdMs: NOW_MS + 1000, expiresMs: NOW_MS + 2000 }), 'put')
  await put(db, { ...DOMAIN, value: '192.0.2.7/32', action: 'allow' })
  assert.equal(await db.write(putEntryIfNone, { ...entry, createdMs: NOW_MS + 5000 }), 'there')
})

test('entries on each list are listed and removed as such', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db, { ...DOMAIN, value: '192.0.2.7/32', action: 'forward' })
  await put(db, { ...DOMAIN, kind: 'recipient', value: 'bekas@home.example', action: 'trap' })
  await put(db, { ...DOMAIN, value: '192.0.2.8/32', action: 'junk' })
  await put(db, { ...DOMAIN, value: '192.0.2.9/32', action: 'allow' })
  for (const [list, value] of [['forwarder', '192.0.2.7/32'], ['trap', 'bekas@home.example'], ['deny', '192.0.2.8/32'], ['allow', '192.0.2.9/32']] as const) {
    const kind = list === 'trap' ? 'recipient' : 'net'
    assert.deepEqual((await entriesAfter(db, O1, list, null)).map((entry) => entry.value), [value])
    for (const other of ['forwarder', 'trap', 'deny', 'allow'] as const) if (other !== list) assert.equal(await db.write(removeEntry, { ...DOMAIN, kind, value, list: other }), false)
    assert.equal(await db.write(removeEntry, { ...DOMAIN, kind, value, list }), true)
  }
})

test('an entry holds until its time is over, and is purged then', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db, { expiresMs: NOW_MS + 1000 })
  await put(db, { value: '192.0.2.7/32' })
  assert.deepEqual(await holding(db), ['platform net 192.0.2.0/24', 'platform net 192.0.2.7/32'])
  assert.deepEqual(await holding(db, {}, 'a1', NOW_MS + 1000), ['platform net 192.0.2.7/32'])
  assert.equal(await db.write(purgeEntries, { nowMs: NOW_MS + 1000 }), 1)
  assert.equal((await entriesAfter(db, '', 'deny', null)).length, 1)
})

test('one entry for a value and an owner: a newer one replaces it, on whichever list it was', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db, { ...DOMAIN })
  await put(db, { ...DOMAIN, action: 'allow', comment: 'mended' })
  assert.deepEqual(await entriesAfter(db, O1, 'deny', null), [])
  const [entry] = await entriesAfter(db, O1, 'allow', null)
  assert.partialDeepStrictEqual(entry, { ...DOMAIN, kind: 'net', value: '192.0.2.0/24', action: 'allow', comment: 'mended', author: 'test', createdMs: NOW_MS, hits: 0, hitMs: null })
  const place = { ...DOMAIN, kind: 'net', value: '192.0.2.0/24' } as const
  assert.equal(await db.write(removeEntry, { ...place, list: 'deny' }), false)
  assert.equal(await db.write(removeEntry, { ...place, list: 'allow' }), true)
  assert.equal(await db.write(removeEntry, { ...place, list: 'allow' }), false)
})

test('hits add up, also of entries that are gone', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await put(db, { id: 'fa' })
  await db.write(countHits, { hits: [{ id: 'gone', count: 1, atMs: NOW_MS }, { id: 'fa', count: 2, atMs: NOW_MS + 5 }] })
  await db.write(countHits, { hits: [{ id: 'fa', count: 3, atMs: NOW_MS + 9 }] })
  assert.partialDeepStrictEqual((await entriesAfter(db, '', 'deny', null))[0], { hits: 5, hitMs: NOW_MS + 9 })
})

test('a long list comes in pages, in order', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  for (let at = 0; at < 510; at++) await put(db, { value: `10.${at >> 8}.${at & 255}.0/24` })
  const first = await entriesAfter(db, '', 'deny', null)
  assert.equal(first.length, 500)
  assert.equal((await entriesAfter(db, '', 'deny', first.at(-1) ?? null)).length, 10)
})

test('entries whose domain or account is gone are purged, and nobody else\'s', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const organization = await makeHome(db)
  const { account } = await makePerson(db, organization, 'ani')
  await put(db, {})
  await put(db, { organization, owner: { kind: 'domain', domain: 'home.example' } })
  await put(db, { organization, owner: { kind: 'account', account } })
  await put(db, { organization, owner: { kind: 'account', account: 'a-gone' } })
  await put(db, { organization: O1, owner: { kind: 'domain', domain: 'home.example' } })
  assert.equal(await db.write(purgeEntries, { nowMs: NOW_MS }), 2)
  assert.equal((await entriesAfter(db, '', 'deny', null)).length, 1)
  assert.deepEqual((await entriesAfter(db, organization, 'deny', null)).map(({ owner }) => owner.kind), ['account', 'domain'])
})

test('domains and accounts have thresholds of their own until they are taken away, or their owner is gone', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const organization = await makeHome(db)
  const { account } = await makePerson(db, organization, 'ani')
  const store = thresholdStore(db)
  const holder = { organization, domain: 'home.example', account }
  assert.deepEqual([await store.any(), await store.of(holder)], [false, { domain: null, account: null }])
  const ofAccount = { organization, owner: { kind: 'account', account } } as const
  await db.write(setThresholds, { ...ofAccount, own: { reject: null, junk: 4.25, tag: 1 } })
  await db.write(setThresholds, { ...ofAccount, own: { reject: null, junk: 4.5, tag: null } })
  await db.write(setThresholds, { organization, owner: { kind: 'domain', domain: 'home.example' }, own: { reject: 10, junk: null, tag: null } })
  await db.write(setThresholds, { organization, owner: { kind: 'domain', domain: 'gone.example' }, own: { reject: 1, junk: 1, tag: 1 } })
  assert.deepEqual(await store.of(holder), { domain: { reject: 10, junk: null, tag: null }, account: { reject: null, junk: 4.5, tag: null } })
  assert.deepEqual(await store.of({ ...holder, organization: 'o2' }), { domain: null, account: null })
  assert.deepEqual(await store.of({ ...holder, account: null }), { domain: { reject: 10, junk: null, tag: null }, account: null })
  assert.equal((await thresholdsAfter(db, organization, null)).length, 3)
  assert.equal(await db.write(purgeThresholds, {}), 1)
  assert.deepEqual([await db.write(removeThresholds, ofAccount), await db.write(removeThresholds, ofAccount)], [true, false])
  assert.deepEqual((await thresholdsAfter(db, organization, null)).map(({ owner }) => owner), [{ kind: 'domain', domain: 'home.example' }])
})
