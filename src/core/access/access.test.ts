import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import test from 'node:test'
import type { AccountId, OrganizationId } from '../../base/brand.ts'
import { silentLog } from '../../base/log.ts'
import { TaskGroup } from '../../base/task-group.ts'
import { Unavailable } from '../../base/unavailable.ts'
import type { SaslAuthority } from '../../proto/sasl/exchange.ts'
import { startSasl } from '../../proto/sasl/mechanisms.ts'
import { deriveScramKeys } from '../../proto/sasl/scram-keys.ts'
import { Access, type AccessClient } from './access.ts'
import type { Identity } from './identity.ts'
import { type AccessFact, type AccessNews, NO_NEWS } from './news.ts'
import { NOTE_USE_EVERY_MS, PATIENCE, RIGHT_FOR_MS } from './limits.ts'
import { hashPassword } from './password.ts'
import type { AccessStore, Credential, LoginRecord } from './store.ts'
import { hashToken, makeAppPassword } from './token.ts'

const SALT = Buffer.from('0123456789abcdef')
const CLIENT: AccessClient = { address: '192.0.2.7', protocol: 'imap' }
const RAHASIA = await hashPassword('rahasia')
const APP = makeAppPassword()

async function credential(kind: Credential['kind'], password: string, secret: string): Promise<Credential> {
  const scram = { ...(await deriveScramKeys(password, SALT, 4096)), salt: SALT, iterations: 4096 }
  return { id: `c-${kind}`, kind, name: '', secret, scram, usedMs: null, expiresMs: null, protocols: null, submission: null }
}

const ANI: LoginRecord = {
  account: 'a1' as AccountId,
  organization: 'o1' as OrganizationId,
  login: 'ani@home.example',
  role: 'member',
  state: 'active',
  version: 1,
  secondFactor: 'off',
  credentials: [await credential('password', 'rahasia', RAHASIA), await credential('app', APP, hashToken(APP))],
}

/** A store in memory with a clock, and the service on it. */
class House implements AccessStore {
  ani: LoginRecord = ANI
  silent = false
  nowMs = 1_000_000
  readonly noted: string[] = []
  readonly renewed: string[] = []
  refused = 0
  readonly tasks = new TaskGroup(silentLog)
  readonly access: Access

  constructor(hashing = { running: 1, waiting: 10 }, news: AccessNews = NO_NEWS) {
    const clock = { nowMs: () => this.nowMs }
    const secret = Buffer.alloc(32, 1)
    this.access = new Access({ store: this, clock, log: silentLog, tasks: this.tasks, hashing, secret, loopback: 'exempt', refused: () => (this.refused += 1), news })
  }

  async findLogin(login: string): Promise<LoginRecord | null> {
    if (this.silent) throw new Unavailable('database')
    return login === this.ani.login ? this.ani : null
  }

  async noteUse(_account: AccountId, id: string, nowMs: number): Promise<void> {
    this.noted.push(id)
    this.ani = { ...this.ani, credentials: this.ani.credentials.map((each) => (each.id === id ? { ...each, usedMs: nowMs } : each)) }
  }

  async renewHash(_account: AccountId, _id: string, _before: string, after: string): Promise<'renewed'> {
    this.renewed.push(after)
    return 'renewed'
  }

  async login(user: string, password: string, address = CLIENT.address): Promise<string> {
    const answer = await this.access.authority({ ...CLIENT, address }).checkPassword(user, password)
    return answer.kind === 'ok' ? `ok ${answer.identity.credential}` : answer.reason
  }
}

/** A client of SCRAM-SHA-256: 'ok' and who it is, or the reason. */
async function scram(authority: SaslAuthority<Identity>, user: string, password: string): Promise<string> {
  const options = { authority, offered: ['SCRAM-SHA-256'], tls: null, serverNonce: () => 'server', finalData: 'with-success' } as const
  const sasl = startSasl('SCRAM-SHA-256', options)
  assert.ok(sasl)
  const bare = `n=${user},r=client`
  const first = await sasl.step(Buffer.from(`n,,${bare}`))
  if (first.kind !== 'challenge') return first.kind === 'fail' ? first.reason : first.kind
  const serverFirst = Buffer.from(first.data).toString()
  const [r = '', s = '', i = ''] = serverFirst.split(',')
  const salted = pbkdf2Sync(password, Buffer.from(s.slice(2), 'base64'), Number(i.slice(2)), 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  const stored = createHash('sha256').update(clientKey).digest()
  const signature = createHmac('sha256', stored).update(`${bare},${serverFirst},c=biws,${r}`).digest()
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))).toString('base64')
  const last = await sasl.step(Buffer.from(`c=biws,${r},p=${proof}`))
  if (last.kind === 'done') return `ok ${last.identity.credential}`
  return last.kind === 'fail' ? last.reason : last.kind
}

test('The password and the app password let in, by PLAIN and by SCRAM, and nothing else does', async () => {
  const house = new House()
  const authority = house.access.authority(CLIENT)
  assert.equal(await house.login('Ani@HOME.example', 'rahasia'), 'ok c-password')
  assert.equal(await house.login('ani@home.example', APP.toUpperCase()), 'ok c-app')
  assert.equal(await scram(authority, 'ani@home.example', 'rahasia'), 'ok c-password')
  assert.equal(await scram(authority, 'ani@home.example', APP), 'ok c-app')
  assert.equal(await house.login('ani@home.example', 'Rahasia'), 'credentials')
  assert.equal(await house.login('ani@home.example', makeAppPassword()), 'credentials')
  assert.equal(await scram(authority, 'ani@home.example', 'Rahasia'), 'credentials')
})

test('An unknown login is hashed as a known one is, and has a SCRAM salt that lasts', async () => {
  const house = new House()
  const authority = house.access.authority(CLIENT)
  const checking = house.login('nobody@home.example', 'rahasia')
  while (house.access.load === 0) await Promise.resolve()
  assert.equal(await checking, 'credentials')
  assert.equal(await scram(authority, 'nobody@home.example', 'rahasia'), 'credentials')
  const one = await authority.scramSecrets('nobody@home.example')
  assert.deepEqual(one, await new House().access.authority(CLIENT).scramSecrets('Nobody@home.example'))
  assert.notDeepEqual(one, await authority.scramSecrets('somebody@home.example'))
})

test('A right password is remembered for a while, and no longer than its credential lasts', async () => {
  const house = new House({ running: 1, waiting: 0 })
  assert.equal(await house.login('ani@home.example', 'rahasia'), 'ok c-password')
  const busy = house.login('x@home.example', 'keeps the only place')
  while (house.access.load === 0) await Promise.resolve()
  assert.equal(await house.login('ani@home.example', 'rahasia'), 'ok c-password')
  house.ani = { ...house.ani, version: 2 }
  assert.equal(await house.login('ani@home.example', 'rahasia'), 'temporary')
  house.ani = { ...house.ani, version: 1 }
  house.nowMs += RIGHT_FOR_MS
  assert.equal(await house.login('ani@home.example', 'rahasia'), 'temporary')
  await busy
})

test('Connections that open at once with one password wait for one hash', async () => {
  const house = new House({ running: 1, waiting: 0 })
  const answers = await Promise.all(Array.from({ length: 5 }, () => house.login('ani@home.example', 'rahasia')))
  assert.deepEqual(answers, Array(5).fill('ok c-password'))
})

test('Too many different passwords at once are told to come back', async () => {
  const house = new House({ running: 1, waiting: 1 })
  const answers = await Promise.all(['a', 'b', 'c'].map((password) => house.login('ani@home.example', password)))
  assert.deepEqual(answers, ['credentials', 'credentials', 'temporary'])
})

test('Guesses sent all at once gain nothing over guesses one by one', async () => {
  const house = new House()
  const guesses = Array.from({ length: PATIENCE.login.free + 4 }, (_, i) => house.login('ani@home.example', `guess ${i}`))
  const answers = await Promise.all(guesses)
  assert.equal(answers.filter((answer) => answer === 'credentials').length, PATIENCE.login.free + 1)
  assert.equal(answers.filter((answer) => answer === 'throttled').length, 3)
  assert.equal(house.refused, PATIENCE.login.free + 4, 'all of them are told')
})

test('A guesser elsewhere does not lock the owner out, and a device with an old password does not either', async () => {
  const house = new House()
  for (let i = 0; i < 8; i++) await house.login('ani@home.example', `guess ${i}`, '198.51.100.1')
  assert.equal(await house.login('ani@home.example', 'rahasia', '198.51.100.2'), 'throttled')
  for (let i = 0; i < 50; i++) assert.equal(await house.login('ani@home.example', 'the old one'), 'credentials')
  assert.equal(await house.login('ani@home.example', 'rahasia'), 'ok c-password')
})

test('Wrong SCRAM proofs are throttled too', async () => {
  const house = new House()
  const authority = house.access.authority(CLIENT)
  const answers: string[] = []
  for (let i = 0; i < PATIENCE.login.free + 2; i++) answers.push(await scram(authority, 'ani@home.example', `guess ${i}`))
  assert.deepEqual(answers.slice(-2), ['credentials', 'throttled'])
})

test('A suspended account is told so only with the right password', async () => {
  const house = new House()
  house.ani = { ...ANI, state: 'suspended' }
  assert.equal(await house.login('ani@home.example', 'wrong'), 'credentials')
  assert.equal(await house.login('ani@home.example', 'rahasia'), 'disabled')
  assert.equal(await scram(house.access.authority(CLIENT), 'ani@home.example', 'rahasia'), 'disabled')
})

test('An expired credential is none', async () => {
  const house = new House()
  house.ani = { ...ANI, credentials: ANI.credentials.map((each) => ({ ...each, expiresMs: house.nowMs })) }
  assert.equal(await house.login('ani@home.example', 'rahasia'), 'credentials')
  assert.equal(await house.login('ani@home.example', APP), 'credentials')
  assert.equal(await scram(house.access.authority(CLIENT), 'ani@home.example', 'rahasia'), 'credentials')
})

test('A silent database is temporary, and names or passwords that cannot be are refused without a thought', async () => {
  const house = new House()
  for (const user of ['', 'a\u0000b', 'x'.repeat(400)]) assert.equal(await house.login(user, 'x'), 'credentials')
  for (const password of ['', '\u0007', 'x'.repeat(1025)]) assert.equal(await house.login('ani@home.example', password), 'credentials')
  house.silent = true
  const before = house.refused
  assert.equal(await house.login('ani@home.example', 'rahasia'), 'temporary')
  assert.equal(await scram(house.access.authority(CLIENT), 'ani@home.example', 'rahasia'), 'temporary')
  assert.equal(house.refused, before, 'an outage is nobody’s guess')
})

test('Use is noted once an hour', async () => {
  const house = new House()
  for (let i = 0; i < 3; i++) {
    await house.login('ani@home.example', APP)
    await house.tasks.settled()
  }
  assert.deepEqual(house.noted, ['c-app'])
  house.nowMs += NOTE_USE_EVERY_MS
  await house.login('ani@home.example', APP)
  assert.deepEqual(house.noted, ['c-app', 'c-app'])
})

test('A hash weaker than today\'s is renewed at the next right login', async () => {
  const house = new House()
  // A vector of the Argon2 reference implementation: password "password", salt "somesalt".
  const weak = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
  house.ani = { ...ANI, credentials: [{ ...(ANI.credentials[0] as Credential), secret: weak }] }
  assert.equal(await house.login('ani@home.example', 'password'), 'ok c-password')
  await house.tasks.settled()
  assert.match(house.renewed[0] ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

/** Two workers that hear each other at once. */
function pair(): readonly [House, House] {
  const ears: ((fact: AccessFact) => void)[] = []
  const news = (own: number): AccessNews => ({
    tell: (fact) => ears.forEach((ear, i) => (i === own ? null : ear(JSON.parse(JSON.stringify(fact)) as AccessFact))),
    hear: (on) => (ears[own] = on),
  })
  return [new House(undefined, news(0)), new House(undefined, news(1))]
}

test('Guesses count together whichever worker they reach, so more workers give no more guesses', async () => {
  const [one, two] = pair()
  const answers: string[] = []
  for (let i = 0; i < 8; i++) answers.push(await (i % 2 === 0 ? one : two).login('ani@home.example', `guess ${i}`))
  assert.equal(answers.filter((answer) => answer === 'credentials').length, PATIENCE.login.free + 1)
  assert.deepEqual(answers.slice(-2), ['throttled', 'throttled'])
})

test('The same wrong password is one failure, whichever workers it reaches', async () => {
  const [one, two] = pair()
  for (let i = 0; i < 10; i++) for (const house of [one, two]) assert.equal(await house.login('ani@home.example', 'an old one'), 'credentials')
  for (const house of [one, two]) assert.notEqual(await house.login('ani@home.example', 'rahasia'), 'throttled')
})

test('A right password at one worker forgives at the others', async () => {
  const [one, two] = pair()
  for (let i = 0; i < PATIENCE.login.free; i++) await one.login('ani@home.example', `guess ${i}`)
  await two.login('ani@home.example', 'rahasia')
  for (let i = 0; i < PATIENCE.login.free; i++) assert.equal(await one.login('ani@home.example', `again ${i}`), 'credentials')
  assert.notEqual(await one.login('ani@home.example', 'rahasia'), 'throttled')
})
