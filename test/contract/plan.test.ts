import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { smtpBackend } from '../../src/app/backend/smtp.ts'
import type { AccountId, Domain, MailboxId, OrganizationId } from '../../src/base/brand.ts'
import { systemClock } from '../../src/base/clock.ts'
import { makeId } from '../../src/base/ids.ts'
import { setQuota } from '../../src/core/account/sql.ts'
import { createDomain } from '../../src/core/domain/sql.ts'
import { createAccount, DEFAULT_MAILBOXES } from '../../src/core/mailbox/sql-provision.ts'
import { NO_LIMITS, periodsAt, type Plan, type PlanLimits, reached, trialPlan } from '../../src/core/organization/plan.ts'
import { createOrganization } from '../../src/core/organization/sql.ts'
import { confirmRecipient, leaveSandbox, putPlan } from '../../src/core/organization/sql-plan.ts'
import { purgeUsage } from '../../src/core/organization/sql-usage.ts'
import { smtpConfig } from '../../src/proto/smtp/server/config.ts'
import { GatherBudget } from '../../src/proto/smtp/server/gather-budget.ts'
import { serveSmtp } from '../../src/proto/smtp/server/session.ts'
import { type ApiHouse, openApiHouse } from '../support/api-house.ts'
import { playDialog } from '../support/dialog.ts'
import { shownEvents } from '../support/events.ts'
import { openHouse, PASSWORD, smtpHouse } from '../support/house.ts'
import { MemoryWire, TEST_TLS } from '../support/memory-wire.ts'

let house: ApiHouse
before(async () => {
  house = await openApiHouse()
})
after(() => house[Symbol.asyncDispose]())

let made = 0

/** An organization of its own, with a domain, a plan and a key. */
async function tenant(limits: Partial<PlanLimits>, over: Partial<Plan> = {}) {
  made += 1
  const nowMs = Date.now()
  const id = makeId('o', nowMs) as OrganizationId
  const domain = `tenant${made}.example` as Domain
  await house.db.write(createOrganization, { id, name: domain, locale: 'en', nowMs })
  await house.db.write(createDomain, { id: makeId('d', nowMs), name: domain, organization: id, subaddress: '+', aliasOf: null, nowMs })
  await house.db.write(putPlan, { organization: id, plan: { name: 'small', limits: { ...NO_LIMITS, ...limits }, sandboxed: false, endsMs: null, ...over } })
  const key = await house.key(id)
  const mail = (to: string | readonly string[] = 'cici@far.example') => ({ from: `toko@${domain}`, to, subject: 'Halo', text: 'Halo' })
  return { id, domain, key, mail, send: (json: unknown = mail(), headers = {}) => house.ask(key, '/v1/emails', { json, headers }) }
}

const eventsOf = async (organization: OrganizationId) => (await shownEvents(house.db)).filter((event) => event.organization === organization && event.type.startsWith('organization.limit'))

test('of messages sent at the same moment exactly as many are taken as the plan allows, and the rest hear when there is room again', async () => {
  const shop = await tenant({ messagesPerDay: 5, messagesPerMonth: 100 })
  const answers = await Promise.all(Array.from({ length: 12 }, () => shop.send()))
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [...Array<number>(5).fill(202), ...Array<number>(7).fill(429)])
  const refused = answers.find(({ status }) => status === 429)
  assert.match(String(refused?.body['detail']), /^Your organization may send 5 messages a day: again from 20/)
  assert.deepEqual([refused?.body['code'], refused?.headers.get('ratelimit-limit'), refused?.headers.get('ratelimit-remaining')], ['daily_quota_exceeded', '5', '0'])
  assert.equal(refused?.headers.get('retry-after'), refused?.headers.get('ratelimit-reset'))
  assert.ok(answers.every(({ headers }) => !headers.has('ratelimit-policy')), 'numbers of the plan are not mixed with those of the rate')
  assert.deepEqual(answers.filter(({ status }) => status === 202).map(({ headers }) => Number(headers.get('ratelimit-remaining'))).toSorted(), [0, 1, 2, 3, 4])
  const { body } = await house.ask(shop.key, '/v1/usage')
  const counted = body['messages_per_day'] as { readonly used: number; readonly allowed: number }
  assert.deepEqual([counted.used, counted.allowed, (body['messages_per_month'] as typeof counted).used, (body['recipients_per_day'] as typeof counted).used], [5, 5, 5, 5])
  assert.deepEqual((await eventsOf(shop.id)).map(({ type, data }) => [type, (data as { readonly percent?: number }).percent]), [['organization.limit_approaching', 80], ['organization.limit_approaching', 100], ['organization.limit_exceeded', undefined]])
})

test('a batch is taken whole or not at all, and a request that was refused may come again under its key', async () => {
  const shop = await tenant({ recipientsPerDay: 3 })
  const two = shop.mail(['a@far.example', 'b@far.example'])
  const headers = { 'idempotency-key': 'pesanan-1' }
  const batch = (json: unknown) => house.ask(shop.key, '/v1/emails/batch', { json, headers })
  assert.equal((await batch([two, two])).status, 429)
  assert.equal((await shop.send(two, headers)).status, 202)
  const again = await shop.send(two, headers)
  assert.deepEqual([again.status, again.headers.get('idempotent-replayed')], [202, 'true'])
  assert.equal(((await house.ask(shop.key, '/v1/usage')).body['recipients_per_day'] as { readonly used: number }).used, 2)
  assert.equal((await shop.send(two)).status, 429)
  assert.equal((await shop.send(shop.mail())).status, 202)
})

test('a key keeps its own caps, and no cap of one key is another\'s', async () => {
  const shop = await tenant({})
  const key = await house.key(shop.id, { caps: { messagesPerHour: 2, messagesPerDay: 3 } })
  const send = (by: string) => house.ask(by, '/v1/emails', { json: shop.mail() })
  assert.deepEqual([(await send(key)).status, (await send(key)).status], [202, 202])
  const refused = await send(key)
  assert.deepEqual([refused.status, refused.body['code']], [429, 'rate_limit_exceeded'])
  assert.match(String(refused.body['detail']), /^This key may send 2 messages an hour/)
  assert.equal((await send(shop.key)).status, 202)
  assert.deepEqual(await eventsOf(shop.id), [])
})

test('in the sandbox only those are written to who have confirmed it, until a domain is proven', async () => {
  const nowMs = Date.now()
  const shop = await tenant(trialPlan(nowMs).limits, trialPlan(nowMs))
  assert.deepEqual([(await shop.send()).body['code'], (await shop.send()).status], ['sandboxed', 403])
  await house.db.write(confirmRecipient, { organization: shop.id, address: 'cici@far.example', nowMs })
  assert.equal((await shop.send()).status, 202)
  assert.equal((await shop.send(shop.mail(['Cici@Far.example', 'dodi@far.example']))).status, 403)
  assert.equal(await house.db.write(leaveSandbox, { organization: shop.id }), true)
  assert.equal(await house.db.write(leaveSandbox, { organization: shop.id }), false)
  assert.equal((await shop.send(shop.mail('dodi@far.example'))).status, 202)
  await house.db.write(putPlan, { organization: shop.id, plan: { ...trialPlan(nowMs - 15 * 86_400_000) } })
  assert.equal((await shop.send()).body['code'], 'plan_ended')
  const test = await house.key(shop.id, { mode: 'test' })
  assert.equal((await house.ask(test, '/v1/usage')).body['sandboxed'], true)
})

test('of an organization that is suspended nothing is taken, with a plan or without, until it may send again', async () => {
  const shop = await tenant({ messagesPerDay: 5 })
  const operator = await house.key(house.home, { scopes: ['*', 'operator'] })
  const set = async (state: string): Promise<unknown> => (await house.ask(operator, `/v1/organizations/${shop.id}`, { method: 'PATCH', json: { state } })).body['state']
  assert.equal(await set('suspended'), 'suspended')
  const refused = await shop.send()
  assert.deepEqual([refused.status, refused.body['code']], [403, 'organization_suspended'])
  await house.db.write(putPlan, { organization: shop.id, plan: null })
  assert.equal((await shop.send()).body['code'], 'organization_suspended')
  assert.equal((await house.ask(shop.key, '/v1/usage')).status, 200)
  assert.equal(await set('active'), 'active')
  assert.equal((await shop.send()).status, 202)
})

test('accounts, domains and storage end where the plan ends', async () => {
  const MIB = 1024 * 1024
  const shop = await tenant({ domains: 2, accounts: 1, storageBytes: 10 * MIB })
  const nowMs = Date.now()
  const more = (name: string) => house.db.write(createDomain, { id: makeId('d', nowMs), name: name as Domain, organization: shop.id, subaddress: '+', aliasOf: null, nowMs })
  assert.deepEqual(await Promise.all([more(`a.${shop.domain}`), more(`b.${shop.domain}`)]).then((all) => all.filter(({ ok }) => ok).length), 1)
  assert.deepEqual(await more(`c.${shop.domain}`), { ok: false, error: 'over-plan' })
  const person = (local: string, quotaBytes: number | null) => {
    const mailboxes = DEFAULT_MAILBOXES.map(() => makeId('b', nowMs) as MailboxId)
    const account = { id: makeId('a', nowMs) as AccountId, organization: shop.id, login: `${local}@${shop.domain}`, name: local, role: 'member', locale: 'en', quotaBytes, inbox: mailboxes[0] as MailboxId, nowMs } as const
    return house.db.write(createAccount, { account, address: { domain: shop.domain, local }, mailboxes })
  }
  assert.deepEqual(await person('a', null), { ok: false, error: 'over-storage' })
  assert.deepEqual(await person('a', 11 * MIB), { ok: false, error: 'over-storage' })
  const first = await person('a', 8 * MIB)
  assert.ok(first.ok)
  assert.deepEqual(await person('b', MIB), { ok: false, error: 'over-plan' })
  const quota = (mib: number) => house.db.write(setQuota, { id: first.value, quotaBytes: mib * MIB })
  assert.deepEqual([await quota(11), await quota(10), await quota(1)], ['over-storage', 'set', 'set'])
})

test('submission over SMTP counts too, and hears 452 when the day is full', async () => {
  await using own = await openHouse()
  const { organization } = own.ani
  await own.db.write(putPlan, { organization, plan: { name: 'small', limits: { ...NO_LIMITS, messagesPerDay: 1 }, sandboxed: false, endsMs: null } })
  const login = Buffer.from(`\0ani@home.example\0${PASSWORD}`).toString('base64')
  const message = (answer: string) => `C: MAIL FROM:<ani@home.example>\nS~ 250\nC: RCPT TO:<budi@home.example>\nS~ 250\nC: DATA\nS~ 354\nC: From: ani@home.example\nC: To: budi@home.example\nC:\nC: Halo\nC: .\n${answer}\n`
  const dialog = `S~ 220\nC: EHLO client.example\nS* 250 \nC: AUTH PLAIN ${login}\nS~ 235\n${message('S~ 250')}${message('S~ 452 4.7.1 Your organization may send 1 messages a day')}C: QUIT\nS~ 221\n`
  const wire = new MemoryWire({ tls: TEST_TLS })
  const config = smtpConfig({ hostname: 'mx.home.example', gather: new GatherBudget(1024 * 1024), clock: systemClock, maxMessageBytes: 100_000, maxHoldSeconds: null, onError: (error) => assert.fail(String(error)) })
  const session = serveSmtp(wire, 'submission', smtpBackend(smtpHouse(own)), config, new AbortController().signal)
  try {
    await playDialog(dialog, () => wire)
  } finally {
    wire.hangUp()
    await session
  }
  assert.equal(own.arrivals.length, 1)
})

test('counts are forgotten a year after their time', async () => {
  const shop = await tenant({ messagesPerDay: 5 })
  await shop.send()
  assert.equal(await house.db.write(purgeUsage, { nowMs: Date.now() + 300 * 86_400_000 }), 0)
  assert.ok((await house.db.write(purgeUsage, { nowMs: Date.now() + 500 * 86_400_000 })) > 0)
})

test('hours, days and months are those of UTC, and a share of a limit is told once', () => {
  const { hour, day, month } = periodsAt(Date.UTC(2026, 11, 31, 23, 59, 59, 999))
  assert.deepEqual([hour.name, day.name, month.name], ['h2026-12-31T23', 'd2026-12-31', 'm2026-12'])
  assert.deepEqual([hour.endsMs, day.endsMs, month.endsMs], Array(3).fill(Date.UTC(2027, 0, 1)))
  assert.deepEqual([reached(79, 80, 100), reached(80, 81, 100), reached(70, 95, 100), reached(99, 100, 100), reached(0, 1, 1), reached(0, 0, 0)], [80, null, 90, 100, 100, null])
})
