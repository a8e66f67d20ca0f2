import assert from 'node:assert/strict'
import { test } from 'node:test'
import { smtpBackend } from '../../src/app/backend/smtp.ts'
import { silentLog } from '../../src/base/log.ts'
import { catchUp } from '../../src/core/event/follow.ts'
import { finding } from '../../src/core/filter/finding.ts'
import { SendingGate } from '../../src/core/filter/outbound/gate.ts'
import { type Caps, USUAL_CAPS } from '../../src/core/filter/outbound/limits.ts'
import { contain, containedSince, containmentOf, release } from '../../src/core/filter/outbound/sql-containment.ts'
import { domainsWrittenTo, hasWrittenTo } from '../../src/core/filter/outbound/sql-seen.ts'
import { setBulk, usageOf } from '../../src/core/filter/outbound/sql-usage.ts'
import { followSending, noteMalware, purgeSending } from '../../src/core/filter/outbound/sql-watch.ts'
import { hourOf, type Tally } from '../../src/core/filter/outbound/tally.ts'
import { sendingReader } from '../../src/core/filter/outbound/watch.ts'
import { removeAccount } from '../../src/core/mailbox/sql-remove.ts'
import { operateAll } from '../../src/core/queue/operate-all.ts'
import { ANY_DELIVERY } from '../../src/core/queue/sql-operate.ts'
import { deliveriesAfter } from '../../src/core/queue/sql.ts'
import { lease } from '../../src/core/queue/sql-lease.ts'
import { settle } from '../../src/core/queue/sql-settle.ts'
import { smtpConfig } from '../../src/proto/smtp/server/config.ts'
import { GatherBudget } from '../../src/proto/smtp/server/gather-budget.ts'
import { serveSmtp } from '../../src/proto/smtp/server/session.ts'
import { shownLog } from '../support/events.ts'
import { openHouse, PASSWORD, smtpHouse, type TestHouse } from '../support/house.ts'
import { MemoryWire, TEST_TLS } from '../support/memory-wire.ts'

const HOUR_MS = 3_600_000

/** A house whose submissions are counted, with a clock of its own that begins at a full hour, after its passwords were set. */
class Watched {
  nowMs = (Math.floor(Date.now() / HOUR_MS) + 1) * HOUR_MS
  readonly ended: string[] = []
  readonly #house: TestHouse
  readonly #caps: Caps

  constructor(house: TestHouse, caps: Caps = USUAL_CAPS) {
    this.#house = house
    this.#caps = caps
  }

  /** Sends as ani; gives the replies to MAIL, each RCPT and the message. */
  async submit(to: readonly string[], text = 'Subject: x\r\n\r\nx\r\n'): Promise<readonly string[]> {
    const { db, receive } = this.#house
    const clock = { nowMs: () => this.nowMs }
    const gate = new SendingGate({ caps: this.#caps, usage: ({ account, organization }, nowMs) => usageOf(db, account, organization, nowMs) })
    const house = { ...smtpHouse(this.#house), receive: { ...receive, clock, house: { ...receive.house, outbound: 'queued' as const } }, submission: { gate, clock, log: silentLog } }
    const config = smtpConfig({ hostname: 'mx.home.example', gather: new GatherBudget(1024 * 1024), clock, onError: (error) => assert.fail(String(error)) })
    const wire = new MemoryWire({ tls: TEST_TLS })
    const session = serveSmtp(wire, 'submission', smtpBackend(house), config, new AbortController().signal)
    const login = Buffer.from(`\0ani@home.example\0${PASSWORD}`).toString('base64')
    const content = `From: ani@home.example\r\n${text}`
    wire.say(`EHLO a.example\r\nAUTH PLAIN ${login}\r\nMAIL FROM:<ani@home.example>\r\n${to.map((address) => `RCPT TO:<${address}>\r\n`).join('')}BDAT ${content.length} LAST\r\n${content}`)
    wire.hangUp()
    await session
    const lines = (await wire.hear()).trimEnd().split('\r\n')
    return lines.slice(lines.findIndex((line) => line.startsWith('235') || line.startsWith('535')) + 1).map((line) => line.slice(0, 9))
  }

  /** What the job does once. */
  async follow(): Promise<void> {
    const { db } = this.#house
    const operate = (operation: 'hold' | 'release') => (account: string) =>
      operateAll(db, { operation, selection: { ...ANY_DELIVERY, account }, by: 'containment', nowMs: this.nowMs })
    const reader = sendingReader({
      counting: 'on',
      follow: (args) => db.write(followSending, args),
      isContained: async (account) => (await containmentOf(db, account))?.state === 'contained',
      hold: operate('hold'),
      release: operate('release'),
      endSessions: (account) => this.ended.push(account),
      clock: { nowMs: () => this.nowMs },
      log: silentLog,
    })
    await catchUp(shownLog(db), reader, new AbortController().signal)
  }

  async states(): Promise<readonly string[]> {
    return [...new Set((await deliveriesAfter(this.#house.db, '')).map(({ state }) => state))]
  }
}

const strangers = (count: number, of: string): readonly string[] => Array.from({ length: count }, (_, i) => `${of}${i}@far.example`)

test('links that a DNS list has speak against whoever sends them', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  const nowMs = Date.now()
  const sent = { account: ani.account, hour: hourOf(nowMs), messages: 1, bounces: 0, listed: 1, recipients: ['cici'], domains: new Set<string>(), shapes: [], authors: [] }
  const follow = async (tallies: readonly Tally[]) => (await db.write(followSending, { tallies, position: '', nowMs })).map(({ kind, reasons }) => [kind, ...reasons.map(({ rule, evidence }) => `${rule} ${evidence}`)])
  assert.deepEqual(await follow([{ ...sent, listed: 0 }]), [])
  assert.deepEqual([await follow([sent]), await follow([sent])], [[['watch', 'SENDS_LISTED_LINK 1 messages']], [['watch', 'SENDS_LISTED_LINK 2 messages']]])
})

test('what an account sends is counted for it and its organization, each event once', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  const watched = new Watched(house)
  await watched.submit(['budi@home.example', 'cici@far.example', 'dodi@far.example'])
  await watched.submit(['cici@far.example'])
  await watched.follow()
  await watched.follow()
  const { createdMs: _, ...usage } = (await usageOf(db, ani.account, ani.organization, watched.nowMs)) ?? { createdMs: 0 }
  assert.deepEqual(usage, { isContained: false, isBulk: false, messages: 2, recipients: 4, organizationMessages: 2, organizationRecipients: 4 })
  const { messages, recipients } = (await usageOf(db, ani.account, ani.organization, watched.nowMs + 2 * HOUR_MS)) ?? usage
  assert.deepEqual([messages, recipients], [0, 4])
  const dayLater = await usageOf(db, ani.account, ani.organization, watched.nowMs + 24 * HOUR_MS)
  assert.equal(dayLater?.recipients, 0)
})

test('whom an account wrote to is known, and with whose domains it writes', async () => {
  await using house = await openHouse()
  const { db, ani, budi } = house
  const watched = new Watched(house)
  await watched.submit(['cici@far.example'])
  await watched.follow()
  watched.nowMs += HOUR_MS
  await watched.submit(['dodi@gudang.example', 'x@gmail.com'])
  await watched.follow()
  assert.deepEqual(await domainsWrittenTo(db, ani.account), ['gudang.example', 'far.example'])
  await watched.submit(['eka@far.example'])
  await watched.follow()
  assert.deepEqual([await hasWrittenTo(db, ani.account, 'Cici@far.example'), await hasWrittenTo(db, budi.account, 'cici@far.example')], [true, false])
  assert.deepEqual(await domainsWrittenTo(db, budi.account), [])
  await db.write(setBulk, { account: ani.account, bulk: 'allowed', nowMs: watched.nowMs })
  await watched.submit(['x@pelanggan.example'])
  await watched.follow()
  assert.ok(!(await domainsWrittenTo(db, ani.account)).includes('pelanggan.example'))
  await db.write(purgeSending, { hour: 0, seenMs: watched.nowMs + 1, memoryMs: 0 })
  assert.deepEqual(await domainsWrittenTo(db, ani.account), [])
})

test('a submission over a cap is asked to come back, at MAIL and at the recipient that is too much', async () => {
  await using house = await openHouse()
  const watched = new Watched(house, { ...USUAL_CAPS, messagesPerHour: 2, recipientsPerDay: 3, youngRecipientsPerDay: 3 })
  assert.deepEqual(await watched.submit(strangers(4, 'a')), ['250 2.1.0', '250 2.1.5', '250 2.1.5', '250 2.1.5', '450 4.7.1', '250 2.0.0'])
  await watched.follow()
  assert.deepEqual((await watched.submit(strangers(1, 'b'))).slice(0, 2), ['250 2.1.0', '450 4.7.1'])
  watched.nowMs += 24 * HOUR_MS
  assert.equal((await watched.submit(strangers(1, 'c'))).at(-1), '250 2.0.0')
  assert.equal((await watched.submit(strangers(1, 'c'))).at(-1), '250 2.0.0')
  await watched.follow()
  assert.equal((await watched.submit(strangers(1, 'c')))[0], '450 4.7.1')
})

test('an account that writes to very many strangers is contained: it sends no more, its queue is held, its sessions end, its password is void', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  const watched = new Watched(house)
  await watched.submit(strangers(80, 'a'))
  await watched.submit(strangers(80, 'b'))
  assert.deepEqual(await watched.states(), ['queued'])
  await watched.follow()
  await watched.follow() // The event of it comes around.
  const contained = await containmentOf(db, ani.account)
  assert.deepEqual([contained?.state, contained?.by, contained?.reasons.map(({ rule }) => rule), contained?.voidsPasswords], ['contained', 'watch', ['SENDS_TO_MANY_STRANGERS'], true])
  assert.deepEqual([await watched.states(), watched.ended], [['held'], [ani.account]])
  assert.equal((await watched.submit(['budi@home.example']))[0], '530 5.7.0') // The password was refused.
  assert.deepEqual(await containedSince(db, 0), [ani.account])

  assert.equal(await db.write(release, { account: ani.account, by: 'test', passwords: 'restored', nowMs: watched.nowMs }), 'released')
  assert.equal(await db.write(release, { account: ani.account, by: 'test', passwords: 'restored', nowMs: watched.nowMs }), 'none')
  await watched.follow()
  assert.deepEqual(await watched.states(), ['queued'])
  watched.nowMs += HOUR_MS / 2
  assert.equal((await watched.submit(['budi@home.example'])).at(-1), '250 2.0.0')
  await watched.follow()
  assert.equal((await containmentOf(db, ani.account))?.state, 'released')
})

test('an account that writes to the same people as ever is left alone', async () => {
  await using house = await openHouse()
  const watched = new Watched(house)
  for (let day = 0; day < 8; day++, watched.nowMs += 24 * HOUR_MS) {
    await watched.submit(strangers(45, 'team'), `Subject: ${day}\r\n\r\nNews of day ${day} ${'abcdefgh'[day]}\r\n`)
    await watched.follow()
  }
  for (let i = 0; i < 4; i++) await watched.submit(strangers(45, 'team'))
  await watched.follow()
  assert.deepEqual(await containedSince(house.db, 0), [])
})

test('an account that may send to many has no caps, counts for none of its organization, and strangers are not held against it', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  const watched = new Watched(house, { ...USUAL_CAPS, messagesPerHour: 1 })
  await db.write(setBulk, { account: ani.account, bulk: 'allowed', nowMs: watched.nowMs })
  for (const name of ['a', 'b', 'c']) assert.equal((await watched.submit(strangers(90, name))).at(-1), '250 2.0.0')
  await watched.follow()
  const usage = await usageOf(db, ani.account, ani.organization, watched.nowMs)
  assert.deepEqual([usage?.isContained, usage?.recipients, usage?.organizationRecipients], [false, 270, 0])
  await db.write(setBulk, { account: ani.account, bulk: 'forbidden', nowMs: watched.nowMs })
  assert.equal((await watched.submit(['cici@far.example']))[0], '450 4.7.1')
})

test('what an operator contains can keep its password, and happens once', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  const watched = new Watched(house)
  const args = { account: ani.account, score: 0, reasons: [finding('SAID_SO', 'looks odd')], by: 'test', passwords: 'kept', nowMs: watched.nowMs } as const
  assert.equal(await db.write(contain, args), 'contained')
  assert.equal(await db.write(contain, args), 'already')
  assert.equal(await db.write(contain, { ...args, account: 'a-none' as typeof ani.account }), 'unknown')
  assert.deepEqual(await watched.submit(['cici@far.example']), ['450 4.7.1', '503 5.5.1', '503 5.5.1'])
})

test('a delivery that was on its way when its account was contained is held when it comes back', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  const watched = new Watched(house)
  await watched.submit(['cici@far.example'])
  await watched.follow()
  const { nowMs } = watched
  const taken = await db.write(lease, { lane: 'far.example', holder: 'h', nowMs, limit: 10 })
  await db.write(contain, { account: ani.account, score: 0, reasons: [], by: 'test', passwords: 'kept', nowMs })
  await watched.follow()
  assert.deepEqual(await watched.states(), ['leased'])
  const answer = { status: '4.2.0', text: '450 later', host: 'mx.far.example', atMs: nowMs }
  const outcome = { kind: 'deferred', answer, dueMs: nowMs, counted: true, possibleDuplicate: false } as const
  await db.write(settle, { holder: 'h', settled: taken.map((delivery) => ({ delivery, outcome })), site: 'mx.far.example', story: {}, nowMs })
  await watched.follow()
  assert.deepEqual(await watched.states(), ['held'])
})

test('malware in what an account sends contains it', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  const suspect = await db.write(noteMalware, { account: ani.account, nowMs: Date.now() })
  assert.deepEqual([suspect?.kind, suspect?.reasons.map(({ rule }) => rule)], ['contain', ['SENDS_MALWARE']])
  assert.equal((await containmentOf(db, ani.account))?.state, 'contained')
})

test('what is too old is forgotten, and so are accounts that are gone', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  const watched = new Watched(house)
  await watched.submit(['cici@far.example'])
  await watched.follow()
  await db.write(purgeSending, { hour: hourOf(watched.nowMs) + 1, seenMs: watched.nowMs + 1, memoryMs: watched.nowMs + 1 })
  assert.equal((await usageOf(db, ani.account, ani.organization, watched.nowMs))?.recipients, 0)
  await db.write(contain, { account: ani.account, score: 0, reasons: [], by: 'test', passwords: 'kept', nowMs: watched.nowMs })
  const purge = { hour: 0, seenMs: 0, memoryMs: 0 }
  await db.write(purgeSending, purge)
  assert.notEqual(await containmentOf(db, ani.account), null)
  while ((await db.write(removeAccount, { account: ani.account, nowMs: watched.nowMs })) === 'more');
  await db.write(purgeSending, purge)
  assert.equal(await containmentOf(db, ani.account), null)
})
