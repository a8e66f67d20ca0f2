import assert from 'node:assert/strict'
import test from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { TaskGroup } from '../../src/base/task-group.ts'
import { Access } from '../../src/core/access/access.ts'
import { NOTE_USE_EVERY_MS } from '../../src/core/access/limits.ts'
import { accessStore } from '../../src/core/access/sql.ts'
import { apiKeysAfter, createApiKey, revokeApiKey, useApiKey } from '../../src/core/access/sql-api-key.ts'
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
  const authority = access.authority({ address: '127.0.0.1', protocol: 'test' })
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
  const added = await addAppPassword(db, { account: ani.account, name: 'Phone', nowMs: NOW_MS, expiresMs: null })
  assert.ok(added.kind === 'added')
  const old = await addAppPassword(db, { account: ani.account, name: 'Old', nowMs: NOW_MS, expiresMs: NOW_MS })
  assert.ok(old.kind === 'added')
  assert.equal(await login('ani@home.example', added.password), ani.account)
  assert.equal(await login('ani@home.example', old.password), 'credentials')
  const record = await accessStore(db).findLogin('ani@home.example')
  assert.equal(new Set(record?.credentials.map(({ scram }) => Buffer.from(scram?.salt ?? []).toString('hex'))).size, 1)
  await tasks.settled()
  const phone = (await credentialsOf(db, ani.account)).find(({ name }) => name === 'Phone')
  assert.deepEqual(phone, { id: added.id, kind: 'app', name: 'Phone', createdMs: NOW_MS, usedMs: NOW_MS, expiresMs: null })
  assert.equal(await removeCredential(db, ani.account, added.id), true)
  assert.equal(await removeCredential(db, ani.account, added.id), false)
  assert.equal(await login('ani@home.example', added.password), 'credentials')
  assert.equal(await login('ani@home.example', 'rahasia'), ani.account)
  assert.deepEqual(await addAppPassword(db, { account: 'x' as AccountId, name: '', nowMs: NOW_MS, expiresMs: null }), { kind: 'unknown' })
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
  const args = { account: ani.account, name: 'x', nowMs: NOW_MS, expiresMs: null }
  const add = async (): Promise<string> => (await addAppPassword(db, args)).kind
  for (let i = 0; i < 99; i++) assert.equal(await add(), 'added')
  assert.equal(await add(), 'too-many')
  assert.equal(await setPassword(db, ani.account, 'rahasia', NOW_MS), 'set')
  assert.equal((await accessStore(db).findLogin('ani@home.example'))?.credentials.length, 100)
})

test('An API key works until it is revoked, and only its hash is kept', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const organization = await makeHome(db)
  const args = { organization, name: 'demo', mode: 'test', scopes: ['*'], nowMs: NOW_MS } as const
  const first = await createApiKey(db, { ...args, others: 'revoke' })
  const used = await useApiKey(db, first.key, NOW_MS)
  assert.deepEqual([used?.id, used?.organization, used?.mode, used?.scopes], [first.id, organization, 'test', ['*']])
  const second = await createApiKey(db, { ...args, others: 'revoke' })
  const third = await createApiKey(db, { ...args, others: 'keep' })
  assert.equal(await useApiKey(db, first.key, NOW_MS), null)
  assert.equal((await useApiKey(db, second.key, NOW_MS))?.id, second.id)
  assert.equal((await useApiKey(db, third.key, NOW_MS))?.id, third.id)
  assert.equal(await revokeApiKey(db, organization, third.id, NOW_MS), true)
  assert.equal(await revokeApiKey(db, organization, third.id, NOW_MS), false)
  assert.equal(await useApiKey(db, third.key, NOW_MS), null)
  assert.equal(await useApiKey(db, 'sk_test_', NOW_MS), null)
  await useApiKey(db, second.key, NOW_MS + NOTE_USE_EVERY_MS)
  const keys = await apiKeysAfter(db, organization, '')
  assert.deepEqual(keys.find(({ id }) => id === second.id)?.usedMs, NOW_MS + NOTE_USE_EVERY_MS)
  assert.equal(keys.length, 3)
  assert.doesNotMatch(JSON.stringify(keys), new RegExp(second.key.slice(8)))
})
