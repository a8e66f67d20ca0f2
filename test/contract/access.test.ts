import assert from 'node:assert/strict'
import test from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { TaskGroup } from '../../src/base/task-group.ts'
import { Access } from '../../src/core/access/access.ts'
import { MAX_KEYS, NOTE_KEY_USE_EVERY_MS } from '../../src/core/access/limits.ts'
import { accessStore } from '../../src/core/access/sql.ts'
import { type ApiKeyArgs, apiKeyById, apiKeysAfter, createApiKey, findApiKey, type MadeKey, noteKeyUse, revokeApiKey, rotateApiKey } from '../../src/core/access/sql-api-key.ts'
import { addAppPassword, credentialsOf, removeCredential, setPassword } from '../../src/core/access/sql-credential.ts'
import { setAccountState } from '../../src/core/account/sql.ts'
import type { AccountId } from '../../src/base/brand.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { NOW_MS, makeHome, makePerson } from '../support/people.ts'

interface Door {
  readonly login: (user: string, password: string) => Promise<string>
  readonly tasks: TaskGroup
}

function door(db: Database): Door {
  const tasks = new TaskGroup(silentLog)
  const access = new Access({
    store: accessStore(db),
    clock: { nowMs: () => NOW_MS },
    log: silentLog,
    tasks,
    hashing: { running: 1, waiting: 10 },
    secret: Buffer.alloc(32),
    loopback: 'exempt',
  })
  const authority = access.authority({ address: '127.0.0.1', protocol: 'imap' })
  return {
    tasks,
    async login(user, password) {
      const answer = await authority.checkPassword(user, password)
      return answer.kind === 'ok' ? answer.identity.account : answer.reason
    },
  }
}

test('A password lets in from when it is set until another takes its place', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const { login, tasks } = door(db)
  assert.equal(await login('ani@home.example', 'rahasia'), 'credentials')
  assert.equal(await setPassword(db, ani.account, 'rahasia', NOW_MS), 'set')
  assert.equal(await login('Ani@Home.Example', 'rahasia'), ani.account)
  assert.equal(await setPassword(db, ani.account, 'yang baru', NOW_MS), 'set')
  assert.equal(await login('ani@home.example', 'rahasia'), 'credentials')
  assert.equal(await login('ani@home.example', 'yang baru'), ani.account)
  assert.equal((await credentialsOf(db, ani.account)).length, 1)
  assert.equal(await setPassword(db, ani.account, '', NOW_MS), 'forbidden')
  assert.equal(await setPassword(db, ani.account, 'a\u0000b', NOW_MS), 'forbidden')
  assert.equal(await setPassword(db, 'nobody' as AccountId, 'rahasia', NOW_MS), 'unknown')
  await tasks.settled()
})

test('App passwords stand beside the password on one SCRAM salt, and end when they are taken away', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const { login, tasks } = door(db)
  await setPassword(db, ani.account, 'rahasia', NOW_MS)
  const added = await addAppPassword(db, { account: ani.account, name: 'Phone', nowMs: NOW_MS, expiresMs: null, protocols: null })
  assert.ok(added.kind === 'added')
  const old = await addAppPassword(db, { account: ani.account, name: 'Old', nowMs: NOW_MS, expiresMs: NOW_MS, protocols: null })
  assert.ok(old.kind === 'added')
  assert.equal(await login('ani@home.example', added.password), ani.account)
  assert.equal(await login('ani@home.example', old.password), 'credentials')
  const record = await accessStore(db).findLogin('ani@home.example')
  assert.equal(new Set(record?.credentials.map(({ scram }) => Buffer.from(scram?.salt ?? []).toString('hex'))).size, 1)
  await tasks.settled()
  const phone = (await credentialsOf(db, ani.account)).find(({ name }) => name === 'Phone')
  assert.deepEqual(phone, { id: added.id, kind: 'app', name: 'Phone', createdMs: NOW_MS, usedMs: NOW_MS, expiresMs: null, protocols: null })
  assert.equal(await removeCredential(db, ani.account, added.id), true)
  assert.equal(await removeCredential(db, ani.account, added.id), false)
  assert.equal(await login('ani@home.example', added.password), 'credentials')
  assert.equal(await login('ani@home.example', 'rahasia'), ani.account)
  assert.deepEqual(await addAppPassword(db, { account: 'x' as AccountId, name: '', nowMs: NOW_MS, expiresMs: null, protocols: null }), { kind: 'unknown' })
  await tasks.settled()
})

test('A suspended account is let in nowhere, at once', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const { login, tasks } = door(db)
  await setPassword(db, ani.account, 'rahasia', NOW_MS)
  assert.equal(await login('ani@home.example', 'rahasia'), ani.account)
  await db.write(setAccountState, { id: ani.account, state: 'suspended' })
  assert.equal(await login('ani@home.example', 'rahasia'), 'disabled')
  await tasks.settled()
})

test('Every change of credentials raises the version, and a use does not', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const store = accessStore(db)
  const version = async (): Promise<number> => (await store.findLogin('ani@home.example'))?.version ?? 0
  const begun = await version()
  await setPassword(db, ani.account, 'rahasia', NOW_MS)
  assert.equal(await version(), begun + 1)
  const [own] = await credentialsOf(db, ani.account)
  assert.ok(own)
  await store.noteUse(ani.account, own.id, NOW_MS + 5)
  assert.equal((await credentialsOf(db, ani.account))[0]?.usedMs, NOW_MS + 5)
  assert.equal(await version(), begun + 1)
  await removeCredential(db, ani.account, own.id)
  assert.equal(await version(), begun + 2)
  assert.equal(await store.findLogin('nobody@home.example'), null)
})

test('A hash is renewed only while it is still the one that was checked', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  await setPassword(db, ani.account, 'rahasia', NOW_MS)
  const store = accessStore(db)
  const own = (await store.findLogin('ani@home.example'))?.credentials[0]
  assert.ok(own)
  assert.equal(await store.renewHash(ani.account, own.id, own.secret, 'stronger'), 'renewed')
  assert.equal(await store.renewHash(ani.account, own.id, own.secret, 'again'), 'changed')
  assert.equal((await store.findLogin('ani@home.example'))?.credentials[0]?.secret, 'stronger')
})

test('An account has room for a hundred credentials, the password among them', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const args = { account: ani.account, name: 'x', nowMs: NOW_MS, expiresMs: null, protocols: null }
  const add = async (): Promise<string> => (await addAppPassword(db, args)).kind
  for (let i = 0; i < 99; i++) assert.equal(await add(), 'added')
  assert.equal(await add(), 'too-many')
  assert.equal(await setPassword(db, ani.account, 'rahasia', NOW_MS), 'set')
  assert.equal((await accessStore(db).findLogin('ani@home.example'))?.credentials.length, 100)
})

async function made(db: Database, args: ApiKeyArgs): Promise<MadeKey> {
  const key = await createApiKey(db, args)
  assert.ok(key !== null)
  return key
}

test('An API key works until it is revoked or its time is over, and only its hash is kept', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const organization = await makeHome(db)
  const args = { organization, name: 'demo', mode: 'test', scopes: ['*'], nowMs: NOW_MS } as const
  const first = await made(db, { ...args, others: 'revoke' })
  const used = await findApiKey(db, first.key, NOW_MS)
  assert.deepEqual([used?.id, used?.organization, used?.mode, used?.scopes, used?.domains, used?.caps.messagesPerDay], [first.id, organization, 'test', ['*'], null, null])
  const second = await made(db, { ...args, others: 'revoke' })
  const third = await made(db, { ...args, others: 'keep', expiresMs: NOW_MS + 1_000, domains: ['home.example'] })
  assert.equal(await findApiKey(db, first.key, NOW_MS), null)
  assert.equal((await findApiKey(db, second.key, NOW_MS))?.id, second.id)
  assert.deepEqual((await findApiKey(db, third.key, NOW_MS + 999))?.domains, ['home.example'])
  assert.equal(await findApiKey(db, third.key, NOW_MS + 1_000), null)
  assert.equal(await revokeApiKey(db, organization, third.id, NOW_MS), true)
  assert.equal(await revokeApiKey(db, organization, third.id, NOW_MS), false)
  assert.equal(await findApiKey(db, third.key, NOW_MS), null)
  assert.equal(await findApiKey(db, 'sk_test_', NOW_MS), null)
  const keys = await apiKeysAfter(db, organization, '')
  assert.equal(keys.length, 3)
  assert.doesNotMatch(JSON.stringify(keys), new RegExp(second.key.slice(8)))
})

test('The last use of a key is written down once a minute', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const organization = await makeHome(db)
  const { key } = await made(db, { organization, name: 'demo', mode: 'test', scopes: ['*'], others: 'keep', nowMs: NOW_MS })
  const seen: (number | null | undefined)[] = []
  for (const atMs of [NOW_MS, NOW_MS + NOTE_KEY_USE_EVERY_MS - 1, NOW_MS + NOTE_KEY_USE_EVERY_MS]) {
    const found = await findApiKey(db, key, atMs)
    assert.ok(found !== null)
    await noteKeyUse(db, found, atMs)
    seen.push((await findApiKey(db, key, atMs))?.usedMs)
  }
  assert.deepEqual(seen, [NOW_MS, NOW_MS, NOW_MS + NOTE_KEY_USE_EVERY_MS])
})

test('A rotated key has all that the old one had, and both are valid until the overlap is over', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const organization = await makeHome(db)
  const bounds = { domains: ['home.example'], streams: ['broadcast'], networks: ['192.0.2.0/24'], caps: { messagesPerHour: 5, messagesPerDay: null } }
  const first = await made(db, { organization, name: 'shop', mode: 'live', scopes: ['send'], ...bounds, others: 'keep', nowMs: NOW_MS })
  const old = await apiKeyById(db, organization, first.id)
  assert.ok(old !== null)
  const second = await rotateApiKey(db, old, NOW_MS + 1_000, NOW_MS)
  assert.ok(typeof second === 'object')
  const fresh = await findApiKey(db, second.key, NOW_MS)
  assert.deepEqual([fresh?.name, fresh?.mode, fresh?.scopes, fresh?.domains, fresh?.streams, fresh?.networks, fresh?.caps, fresh?.expiresMs], ['shop', 'live', ['send'], ['home.example'], ['broadcast'], ['192.0.2.0/24'], bounds.caps, null])
  assert.equal((await findApiKey(db, first.key, NOW_MS + 999))?.id, first.id)
  assert.equal(await findApiKey(db, first.key, NOW_MS + 1_000), null)
  assert.equal(await rotateApiKey(db, old, NOW_MS + 5_000, NOW_MS + 2_000), 'none')
})

test('Of the valid keys of an organization there are so many at most', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const args = { organization: await makeHome(db), name: 'demo', mode: 'test', scopes: ['*'], others: 'keep', nowMs: NOW_MS } as const
  for (let number = 0; number < MAX_KEYS; number++) await made(db, args)
  assert.equal(await createApiKey(db, args), null)
  assert.ok((await createApiKey(db, { ...args, others: 'revoke' })) !== null)
})
