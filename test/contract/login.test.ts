import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, MailboxId } from '../../src/base/brand.ts'
import { makeOneTime, purgeOneTime, readOneTime, takeOneTime } from '../../src/core/access/one-time/sql-one-time.ts'
import { identitiesOf, linkedOwner, linkIdentity, ownerByLogin, unlinkIdentity } from '../../src/core/access/oidc/sql-identity.ts'
import { MAX_PASSKEYS } from '../../src/core/access/passkey/limits.ts'
import { addPasskey, notePasskeyUse, passkeyById, passkeysOf, removePasskey } from '../../src/core/access/passkey/sql-passkey.ts'
import { confirmTotp, enrolTotp, factorsOf, removeTotp, showFactor } from '../../src/core/access/factor/sql-totp.ts'
import { codeAt, stepAt } from '../../src/core/access/factor/totp.ts'
import { ABSOLUTE_MS, IDLE_MS, MAX_SESSIONS, SECOND_FACTOR_WITHIN_MS } from '../../src/core/access/session/limits.ts'
import { endSession, endSessions, purgeSessions, sessionsOf, type StartArgs, startSession, useSession } from '../../src/core/access/session/sql-session.ts'
import { sealPassword, setPassword } from '../../src/core/access/sql-credential.ts'
import { accountByLogin, setAccountState } from '../../src/core/account/sql.ts'
import { contain } from '../../src/core/filter/outbound/sql-containment.ts'
import { createAccount } from '../../src/core/mailbox/sql-provision.ts'
import { removeAccount } from '../../src/core/mailbox/sql-remove.ts'
import { organizationNamed, organizationsAfter } from '../../src/core/organization/sql.ts'
import { planIn } from '../../src/core/organization/sql-plan.ts'
import { confirmSignup } from '../../src/core/signup/sql-signup.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { makeHome, makePerson, NOW_MS } from '../support/people.ts'

const OWN = new Uint8Array(32).fill(7)

const start = (db: Database, account: AccountId, over: Partial<StartArgs> = {}): Promise<{ readonly id: string; readonly token: string }> =>
  startSession(db, { account, state: 'open', method: 'password', address: '192.0.2.7', agent: 'Peramban/1.0', replaces: null, nowMs: NOW_MS, ...over })

test('a session holds until it is ended, idle for too long, too old, or its account may not log in', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { account, organization } = await makePerson(db, await makeHome(db), 'ani')
  const { id, token } = await start(db, account, { agent: `a\0b${'x'.repeat(300)}` })
  const found = await useSession(db, token, NOW_MS)
  assert.deepEqual([found?.account, found?.organization, found?.login, found?.state, found?.agent.length], [account, organization, 'ani@home.example', 'open', 199])
  assert.equal(await useSession(db, `${token.slice(1)}x`, NOW_MS), null)
  assert.equal(await useSession(db, token, NOW_MS + IDLE_MS), null)
  for (let ms = NOW_MS; ms < NOW_MS + ABSOLUTE_MS; ms += IDLE_MS - 1) assert.equal((await useSession(db, token, ms))?.id, id)
  assert.equal(await useSession(db, token, NOW_MS + ABSOLUTE_MS), null)

  const half = await start(db, account, { state: 'second-factor' })
  assert.equal(await useSession(db, half.token, NOW_MS + SECOND_FACTOR_WITHIN_MS), null)
  await db.write(setAccountState, { id: account, state: 'suspended' })
  assert.equal(await useSession(db, token, NOW_MS), null)
  await db.write(setAccountState, { id: account, state: 'active' })
  assert.equal(await db.write(endSession, { account: 'a-other' as AccountId, id }), false)
  assert.equal(await db.write(endSession, { account, id }), true)
  assert.equal(await useSession(db, token, NOW_MS), null)
  await start(db, account)
  assert.equal(await db.write(purgeSessions, { nowMs: NOW_MS + IDLE_MS }), 2)
})

test('a new password and containment end sessions, and one account has so many', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { account } = await makePerson(db, await makeHome(db), 'ani')
  const kept = await start(db, account)
  const other = await start(db, account)
  await setPassword(db, account, 'kata sandi', NOW_MS, kept.id)
  assert.deepEqual((await sessionsOf(db, account, NOW_MS)).map(({ id }) => id), [kept.id])
  assert.equal(await useSession(db, other.token, NOW_MS), null)
  await setPassword(db, account, 'kata sandi', NOW_MS)
  assert.equal(await useSession(db, kept.token, NOW_MS), null)
  for (let number = 0; number < MAX_SESSIONS + 2; number++) await start(db, account, { nowMs: NOW_MS + number })
  const all = await sessionsOf(db, account, NOW_MS + 100)
  assert.deepEqual([all.length, all.at(-1)?.createdMs], [MAX_SESSIONS, NOW_MS + 2])
  assert.equal(await db.write(endSessions, { account, keep: all[0]?.id ?? '' }), MAX_SESSIONS - 1)
  await db.write(contain, { account, score: 1, reasons: [], by: 'test', passwords: 'void', nowMs: NOW_MS + 100 })
  assert.deepEqual(await sessionsOf(db, account, NOW_MS + 100), [])
})

test('an authenticator counts from its first code on, takes each code once, and makes guessers wait', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const { account } = await makePerson(db, await makeHome(db), 'ani')
  const show = async (code: string, nowMs: number): Promise<string> => {
    const shown = await showFactor(db, OWN, { account, code, nowMs })
    return shown.kind === 'later' ? `later ${shown.waitMs}` : shown.kind
  }
  assert.equal(await show('123456', NOW_MS), 'wrong')
  await enrolTotp(db, OWN, account, NOW_MS)
  const secret = await enrolTotp(db, OWN, account, NOW_MS)
  assert.ok(secret)
  const code = (ms: number): string => codeAt(secret, stepAt(ms))
  assert.deepEqual(await factorsOf(db, account), { totp: 'off', recoveryCodes: 0 })
  assert.equal(await confirmTotp(db, OWN, { account, code: 'x', nowMs: NOW_MS }, ''), null)
  const codes = await confirmTotp(db, OWN, { account, code: code(NOW_MS), nowMs: NOW_MS }, '')
  assert.equal(codes?.length, 10)
  assert.equal(await enrolTotp(db, OWN, account, NOW_MS), null)
  assert.deepEqual(await factorsOf(db, account), { totp: 'on', recoveryCodes: 10 })

  assert.equal(await show(code(NOW_MS), NOW_MS), 'wrong')
  const at = NOW_MS + 60_000
  const together = await Promise.all([show(code(at), at), show(code(at), at), show(code(at), at)])
  assert.deepEqual(together.toSorted(), ['right', 'wrong', 'wrong'])
  assert.equal(await show(codes?.[0] ?? '', at), 'right')
  assert.equal(await show(codes?.[0] ?? '', at), 'wrong')
  for (let wrong = 0; wrong < 5; wrong++) assert.equal(await show('000000', at), 'wrong')
  assert.equal(await show(codes?.[1] ?? '', at), 'later 30000')
  assert.equal(await show('000000', at + 30_000), 'wrong')
  assert.equal(await show('000000', at + 30_000), 'later 60000')
  assert.equal(await show(codes?.[1] ?? '', at + 90_000), 'right')
  assert.equal(await show('000000', at + 90_000), 'wrong')
  assert.equal(await db.write(removeTotp, { account }), true)
  assert.equal(await db.write(removeTotp, { account }), false)
  assert.equal(await db.write(removeAccount, { account, nowMs: NOW_MS }), 'removed')
})

test('a token is good once, for its kind, until its time is over, and a newer one of an account takes its place', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const account = 'a1' as AccountId
  const make = (kind: 'signup' | 'reset', whose: AccountId | ''): Promise<string> => makeOneTime(db, { account: whose, kind, content: { a: 'ü' }, expiresMs: NOW_MS + 1000 })
  const token = await make('signup', '')
  assert.equal(await readOneTime(db, 'reset', token, NOW_MS), null)
  assert.deepEqual(await readOneTime(db, 'signup', token, NOW_MS), { account: '', content: { a: 'ü' } })
  assert.equal(await takeOneTime(db, 'signup', token, NOW_MS + 1000), null)
  const taken = await Promise.all([takeOneTime(db, 'signup', token, NOW_MS), takeOneTime(db, 'signup', token, NOW_MS)])
  assert.equal(taken.filter((each) => each !== null).length, 1)
  const old = await make('reset', account)
  const fresh = await make('reset', account)
  assert.equal(await readOneTime(db, 'reset', old, NOW_MS), null)
  assert.equal((await readOneTime(db, 'reset', fresh, NOW_MS))?.account, account)
  assert.equal(await db.write(purgeOneTime, { nowMs: NOW_MS + 1000 }), 1)
})

test('a sign-up makes an organization on trial with its owner, once, and gives way where something is taken', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const home = await makeHome(db)
  const password = await sealPassword('kata sandi')
  const signUp = (login: string, organization = 'Toko'): Promise<string> =>
    makeOneTime(db, { account: '', kind: 'signup', content: { organization, login, locale: 'id', password }, expiresMs: NOW_MS + 1000 })
  const token = await signUp('cici@far.example')
  const all = await Promise.all([confirmSignup(db, token, NOW_MS), confirmSignup(db, token, NOW_MS)])
  assert.deepEqual(all.map(({ kind }) => kind).toSorted(), ['made', 'unknown'])
  const cici = await accountByLogin(db, 'cici@far.example')
  assert.deepEqual([cici?.role, cici?.locale, cici?.organization], ['owner', 'id', (await organizationNamed(db, 'Toko'))?.id])
  const plan = await db.read((tx) => planIn(tx, cici?.organization ?? home))
  assert.deepEqual([plan?.name, plan?.sandboxed, plan?.limits.messagesPerDay], ['trial', true, 100])

  const [one, two] = [await signUp('dodi@home.example'), await signUp('dodi@home.example')]
  assert.equal((await confirmSignup(db, one, NOW_MS)).kind, 'made')
  assert.equal((await confirmSignup(db, two, NOW_MS)).kind, 'taken')
  assert.equal((await organizationsAfter(db, '')).filter(({ name }) => /^Toko .{6}$/.test(name)).length, 1)
  const boxes = Array.from({ length: 6 }, (_, number) => `b${number}` as MailboxId)
  const inbox = boxes[0] as MailboxId
  const account = { id: 'a-late' as AccountId, organization: home, login: 'dodi@home.example', name: '', role: 'member', locale: 'en', quotaBytes: null, inbox, nowMs: NOW_MS } as const
  assert.deepEqual(await db.write(createAccount, { account, address: { domain: 'home.example' as Domain, local: 'dodi' }, mailboxes: boxes }), { ok: false, error: 'taken' })
})

test('a passkey belongs to one account, counts upwards, and is void when the account is', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const home = await makeHome(db)
  const ani = await makePerson(db, home, 'ani')
  const budi = await makePerson(db, home, 'budi')
  const add = (account: AccountId, id: string, counter = 0): Promise<string> => addPasskey(db, { account, id, name: 'Phone', publicKey: new Uint8Array([1, 255]), counter, transports: ['usb'] }, NOW_MS)
  assert.deepEqual([await add(ani.account, 'k1'), await add(budi.account, 'k1'), await add(ani.account, 'k2', 7)], ['added', 'taken', 'added'])
  const found = await passkeyById(db, 'k1')
  assert.deepEqual([found?.login, found?.organization, [...(found?.publicKey ?? [])], found?.transports], ['ani@home.example', home, [1, 255], ['usb']])
  const use = (id: string, counter: number): Promise<boolean> => db.write(notePasskeyUse, { account: ani.account, id, counter, nowMs: NOW_MS + 1 })
  assert.deepEqual([await use('k1', 0), await use('k1', 0), await use('k1', 1), await use('k1', 0), await use('k1', 1)], [true, true, true, false, false])
  assert.deepEqual([await use('k2', 7), await use('k2', 6), await use('k2', 8), await use('k3', 1)], [false, false, true, false])
  assert.deepEqual((await passkeysOf(db, ani.account)).map(({ id, counter, usedMs }) => [id, counter, usedMs]), [['k1', 1, NOW_MS + 1], ['k2', 8, NOW_MS + 1]])
  assert.equal(await db.write(removePasskey, { account: budi.account, id: 'k1' }), false)
  assert.equal(await db.write(removePasskey, { account: ani.account, id: 'k1' }), true)
  await db.write(contain, { account: ani.account, score: 1, reasons: [], by: 'test', passwords: 'void', nowMs: NOW_MS })
  assert.equal(await passkeyById(db, 'k2'), null)
  for (let number = 1; number < MAX_PASSKEYS; number++) await add(ani.account, `n${number}`)
  assert.equal(await add(ani.account, 'one-more'), 'too-many')
})

test('somebody elsewhere is one account here, as long as it may log in', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const home = await makeHome(db)
  const ani = await makePerson(db, home, 'ani')
  const budi = await makePerson(db, home, 'budi')
  const who = { issuer: 'https://id.example', subject: 'p1' }
  assert.equal(await linkedOwner(db, who), null)
  assert.deepEqual([await linkIdentity(db, ani.account, who, NOW_MS), await linkIdentity(db, budi.account, who, NOW_MS)], [true, false])
  assert.deepEqual({ ...(await linkedOwner(db, who)) }, { account: ani.account, organization: home, login: 'ani@home.example', role: 'member' })
  assert.equal(await linkedOwner(db, { ...who, issuer: 'https://other.example' }), null)
  const [linked] = await identitiesOf(db, ani.account)
  assert.equal(await db.write(unlinkIdentity, { account: budi.account, id: linked?.id ?? '' }), false)
  await db.write(setAccountState, { id: ani.account, state: 'suspended' })
  assert.deepEqual([await linkedOwner(db, who), await ownerByLogin(db, 'ani@home.example')], [null, null])
  await db.write(setAccountState, { id: ani.account, state: 'active' })
  await db.write(contain, { account: ani.account, score: 1, reasons: [], by: 'test', passwords: 'void', nowMs: NOW_MS })
  assert.deepEqual([await linkedOwner(db, who), await ownerByLogin(db, 'ani@home.example')], [null, null])
  assert.equal(await db.write(unlinkIdentity, { account: ani.account, id: linked?.id ?? '' }), true)
  assert.equal((await ownerByLogin(db, 'budi@home.example'))?.account, budi.account)
})
