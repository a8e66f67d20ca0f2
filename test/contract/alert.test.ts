import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeliveryId, Domain, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { DAY_MS } from '../../src/base/duration.ts'
import { makeId } from '../../src/base/ids.ts'
import { noteRefused } from '../../src/core/access/sql-refused.ts'
import { evaluate } from '../../src/core/alert/rules.ts'
import { CALM } from '../../src/core/alert/rules-reputation.ts'
import { alertsOf, applyAlerts } from '../../src/core/alert/sql.ts'
import { factsOf } from '../../src/core/alert/sql-facts.ts'
import { databaseClockOffMs, fullMailboxes, grownLists, replicas } from '../../src/core/alert/sql-surroundings.ts'
import { QUIET } from '../../src/core/alert/surroundings.ts'
import { takeReturned } from '../../src/core/bounce/sql-returned.ts'
import { noteLook } from '../../src/core/domain/proof/sql-look.ts'
import type { NewEvent } from '../../src/core/event/event.ts'
import { catchUp } from '../../src/core/event/follow.ts'
import { advanceReader } from '../../src/core/event/sql.ts'
import { createOrganization } from '../../src/core/organization/sql.ts'
import { hitRule } from '../../src/core/pool/entry.ts'
import { keepShaping } from '../../src/core/pool/sql-shaping.ts'
import { noteChecks, noteWarmup, putSource } from '../../src/core/pool/sql-source.ts'
import type { WarmupNews } from '../../src/core/pool/warming.ts'
import { RULES } from '../../src/core/pool/table/rules.ts'
import type { NewDelivery } from '../../src/core/queue/delivery.ts'
import { enqueue } from '../../src/core/queue/sql.ts'
import type { KeptReport } from '../../src/core/report/received.ts'
import { keepReports } from '../../src/core/report/sql-received.ts'
import { putRelayDomain } from '../../src/core/route/sql-relay.ts'
import { suppress } from '../../src/core/suppression/sql.ts'
import type { DisabledReason } from '../../src/core/webhook/endpoint.ts'
import { createEndpoint, disable } from '../../src/core/webhook/sql-endpoint.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { fillAll, appendStatsLog } from '../support/stats-fill.ts'
import { mailing } from '../support/mailing.ts'
import { shownEvents, shownLog } from '../support/events.ts'
import { onPostgres, openTestDatabase } from '../support/database.ts'
import { makeHome, makePerson, NOW_MS } from '../support/people.ts'

const organization = 'o1' as OrganizationId

test('a listed address raises one alert however often it is looked at, and resolves it when it is clean', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await db.write(createOrganization, { id: organization, name: 'x', locale: 'id', nowMs: NOW_MS })
  const source = { id: 'a', address: '198.51.100.1', ehlo: 'mx.home.example' }
  await db.write(putSource, { ...source, state: 'active', weight: 1, plan: null, nowMs: NOW_MS })
  const checks = { reverse: 'ok', ehlo: 'ok', spf: 'ok', egress: 'ok', clock: 'ok' } as const
  const look = async (nowMs: number): Promise<readonly string[]> => {
    const facts = await factsOf(db, opened.stats, QUIET, nowMs)
    assert.ok(facts !== null)
    return (await db.write(applyAlerts, { firing: evaluate(facts, nowMs), nowMs })).map((change) => change.do)
  }
  const found = (unlisted: 'ok' | 'failed', nowMs: number) => db.write(noteChecks, { ...source, looked: { checks: { ...checks, unlisted }, found: {}, atMs: nowMs } as never })
  assert.deepEqual(await look(NOW_MS), [])
  await found('failed', NOW_MS)
  assert.deepEqual([await look(NOW_MS + 1), await look(NOW_MS + 2)], [['raise'], []])
  assert.deepEqual((await alertsOf(db, organization, NOW_MS)).map(({ rule, severity, resolvedMs }) => [rule, severity, resolvedMs]), [['ip.blocklisted', 'critical', null]])
  await found('ok', NOW_MS + 3)
  assert.deepEqual(await look(NOW_MS + 3), ['resolve'])
  assert.deepEqual([(await alertsOf(db, organization, NOW_MS + 3)).length, (await alertsOf(db, organization, NOW_MS)).length, (await alertsOf(db, 'o2' as never, 0)).length], [0, 1, 0])
  const told = (await shownEvents(db)).filter(({ type }) => type.startsWith('alert.')).map(({ type, data }) => [type, (data as { readonly subject: string }).subject])
  assert.deepEqual(told, [['alert.raised', 'a'], ['alert.resolved', 'a']])
})

const queueAll = write('test.queue_all', function* (tx, { deliveries, nowMs }: { readonly deliveries: readonly NewDelivery[]; readonly nowMs: number }) {
  yield* enqueue(tx, organization, 'm1' as MessageId, deliveries, nowMs)
})

function waiting(recipient: string, atMs: number): NewDelivery {
  const domain = recipient.slice(recipient.indexOf('@') + 1)
  const wishes = { ret: null, envid: null, notify: [], orcpt: null, body: null, smtputf8: false, requireTls: false, tlsOptional: false }
  return {
    ...{ id: makeId('q', atMs) as DeliveryId, account: null, sender: '', recipient, domain, route: 'remote', stream: 'broadcast', priority: 2, site: domain, lane: domain, state: 'queued' },
    ...{ dueMs: atMs, expiresMs: atMs + 86_400_000, alarmMs: null, wishes, view: { prefix: '', skips: [] } },
  }
}

test('a domain for which many have waited for long is seen, and one that just got much is not', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await db.write(createOrganization, { id: organization, name: 'x', locale: 'id', nowMs: NOW_MS })
  for (const [domain, ageMs] of [['old.example', 3 * 3_600_000], ['new.example', 60_000]] as const) {
    const atMs = NOW_MS - ageMs
    const deliveries = Array.from({ length: 101 }, (_, i) => waiting(`r${i}@${domain}`, atMs))
    await db.write(queueAll, { deliveries, nowMs: atMs })
  }
  const facts = await factsOf(db, opened.stats, QUIET, NOW_MS)
  assert.deepEqual(facts?.queue, [{ domain: 'old.example', count: 101, oldestMs: NOW_MS - 3 * 3_600_000 }])
})

test('what the statistics tell of an hour is seen, of each organization apart', async () => {
  await using opened = await openTestDatabase()
  await opened.db.write(createOrganization, { id: organization, name: 'x', locale: 'id', nowMs: NOW_MS })
  const hourMs = Math.floor(NOW_MS / 3_600_000) * 3_600_000
  const usual = [1, 2, 3, 4].flatMap((days) => mailing({ organization, stream: 'broadcast', name: `d${days}x`, count: 120, complaints: 0, atMs: hourMs - 3_600_000 - days * 86_400_000 + 1_000 }))
  const log = usual.toSorted((a, b) => a.atMs - b.atMs)
  await appendStatsLog(opened.db, log)
  await fillAll(opened, log.length + 1)
  const facts = await factsOf(opened.db, opened.stats, QUIET, NOW_MS)
  assert.deepEqual(facts?.hours.find((each) => each.organization === organization), { organization, delivered: 0, accepted: 0, usualDelivered: 120, usualAccepted: 120 })
})

const useRoom = write('test.use_room', function* (tx, { id, bytes }: { readonly id: string; readonly bytes: number }) {
  yield* tx.run(statement<{ id: string; bytes: number }>('UPDATE account SET used_bytes = $bytes WHERE id = $id'), { id, bytes })
})
const switchOff = write('test.alert.switch_off', (tx, args: { readonly id: string; readonly reason: DisabledReason }) => disable(tx, { organization, id: args.id }, args.reason, 1))

test('mailboxes with little room, webhooks that were switched off, domains that fail and readers that stand still are seen', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const home = await makeHome(db)
  for (const [local, bytes] of [['ani', 899], ['budi', 900], ['cici', 1_001]] as const) await db.write(useRoom, { id: (await makePerson(db, home, local, 1_000)).account, bytes })
  await db.write(useRoom, { id: (await makePerson(db, home, 'dedi')).account, bytes: 1e12 })
  assert.deepEqual((await fullMailboxes(db)).map(({ login, used }) => `${login} ${used}`), ['budi@home.example 0.9', 'cici@home.example 1.001'])
  for (const reason of ['gone', 'failing', 'by-hand'] as const) {
    const made = await createEndpoint(db, new Uint8Array(32), { organization, url: `https://hooks.example/${reason}`, description: '', types: null, nowMs: 1 })
    assert.ok(made.ok)
    await db.write(switchOff, { id: made.value.endpoint.id, reason })
  }
  const look = { name: 'home.example' as Domain, organization: home, failed: ['spf'], unknown: [], nowMs: NOW_MS }
  await db.write(noteLook, { ...look, failed: [] })
  await db.write(noteLook, look)
  const facts = async () => await factsOf(db, opened.stats, QUIET, NOW_MS)
  assert.deepEqual((await facts())?.domains, [], 'one bad look is no news of a domain that was in order')
  await db.write(noteLook, look)
  const found = await facts()
  assert.deepEqual(found?.domains, [{ name: 'home.example', organization: home, state: 'active', failing: ['spf'] }])
  assert.equal(found.disabled.length, 2)
  assert.deepEqual(found.readers.map(({ name }) => name).toSorted(), ['notice', 'owner-notice', 'sending', 'standing', 'stats', 'suppression', 'trace'])
  const { signal } = new AbortController()
  await catchUp(shownLog(db), { name: 'notice', handle: async (_, position) => void (await db.write(advanceReader, { reader: 'notice', position })) }, signal)
  assert.equal((await facts())?.readers.some(({ name }) => name === 'notice'), false)
})

test('copies and the clock of the database are asked for where it has them', async () => {
  await using opened = await openTestDatabase()
  assert.deepEqual(await replicas(opened.db), [])
  const off = await databaseClockOffMs(opened.db, Date.now)
  if (onPostgres) assert.ok(Math.abs(off ?? Number.NaN) < 60_000)
  else assert.equal(off, null)
})

const relay = { name: 'far.example' as Domain, hosts: [], etrnFrom: [], recipients: 'any', spoolMs: 5 * DAY_MS } as const

test('warm-up, blocks, refused logins, the mail of others and silent reports are seen while they are so', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const home = await makeHome(db)
  const reputation = async (nowMs = NOW_MS) => (await factsOf(db, opened.stats, QUIET, nowMs))?.reputation
  assert.deepEqual(await reputation(), CALM)
  const source = { id: 'a', address: '198.51.100.1', ehlo: 'mx.home.example', state: 'warming', weight: 1, plan: { profile: 'standard', targetPerDay: null, percent: 100 } } as const
  await db.write(putSource, { ...source, nowMs: NOW_MS - DAY_MS })
  const news = { sent: 100, deferred: 0, deferredByPolicy: 0, hardBounced: 0, complaints: 0, isSuspended: false, rules: [] }
  const day = (provider: string, over: Partial<WarmupNews>, nowMs: number) => ({ source: 'a', provider, news: { ...news, ...over }, nowMs })
  await db.write(noteWarmup, { all: [day('gmail', { hardBounced: 20 }, NOW_MS - DAY_MS), day('yahoo', { sent: 20 }, NOW_MS - DAY_MS), day('gmail', {}, NOW_MS)] })
  const keys = { source: 'a', site: 'gmail', organization: home, stream: null }
  const [alarming, quiet] = ['A5', 'A1'].map((id) => RULES.byId.get(id))
  assert.ok(alarming !== undefined && quiet !== undefined)
  for (const rule of [alarming, quiet]) {
    const { entry } = hitRule(rule, null, { keys, reply: '550 5.7.28 no', code: 550 }, NOW_MS)
    assert.ok(entry !== null)
    await db.write(keepShaping, { changed: [{ by: 'rule', entry }], forgotten: [], holder: 'x', nowMs: NOW_MS })
  }
  for (const minutes of [9, 3, 0]) await db.write(noteRefused, { refused: 60, nowMs: NOW_MS - minutes * 60_000 })
  assert.ok((await db.write(putRelayDomain, { ...relay, organization: home, nowMs: NOW_MS })).ok)
  const queued = [waiting('r@far.example', NOW_MS - 1_000), waiting('s@far.example', NOW_MS - 2_000_000), waiting('t@near.example', 1)]
  await db.write(queueAll, { deliveries: queued, nowMs: NOW_MS })
  const note = { kind: 'complained', category: null, underlying: null, status: null, reply: '', host: null, rule: null } as const
  for (const [at, action] of ['fraud', 'fraud', 'virus', 'not-spam', 'other'].entries()) {
    await db.write(takeReturned, { id: `r${at}`, delivery: queued[0]?.id ?? null, note: { ...note, action }, head: new Uint8Array(1), peer: '192.0.2.9', nowMs: NOW_MS })
  }
  for (let day = 3; day < 12; day++) {
    await db.write(keepReports, { reports: [reportOf(home, 'home.example', 'dmarc', day), ...(day > 8 ? [reportOf(home, 'home.example', 'tls', day)] : []), reportOf(home, 'gone.example', 'dmarc', day)], position: `${day}` as never })
  }
  await db.write(keepReports, { reports: [{ ...reportOf(home, 'x.example', 'tls', 1), passed: 90, failed: 10 }], position: 'z' as never })
  const found = await reputation()
  assert.deepEqual(found?.warmups.map(({ source: id, address, group, step }) => [id, address, group, step]), [['a', '198.51.100.1', 'gmail', 'stop']])
  assert.deepEqual(found.blocks.map(({ rule, key }) => [rule, key]), [['A5', 'source-site a gmail']])
  assert.equal(found.refusedLogins, 120)
  assert.deepEqual(found.accusations.map(({ of, deliveries }) => [of, deliveries]), [['fraud', 1], ['virus', 1]])
  assert.deepEqual(found.spools, [{ organization: home, domain: 'far.example', count: 2, oldestMs: NOW_MS - 2_000_000, spoolMs: 5 * DAY_MS }])
  assert.deepEqual(found.silences, [{ organization: home, kind: 'dmarc', about: 'home.example', lastMs: NOW_MS - 3 * DAY_MS }])
  assert.deepEqual(found.tlsReports, [{ organization: home, domain: 'x.example', passed: 90, failed: 10 }])
  const later = await reputation(NOW_MS + 2 * DAY_MS)
  assert.deepEqual([later?.warmups, later?.blocks, later?.refusedLogins, later?.tlsReports], [[], [], 0, []])
})

function reportOf(home: OrganizationId, domain: string, kind: 'dmarc' | 'tls', daysAgo: number): KeptReport {
  const receivedMs = NOW_MS - daysAgo * DAY_MS
  return { kind, domain, id: `r${kind}${domain}${daysAgo}`, organization: home, reporter: 'them', reportId: `${daysAgo}`, beginMs: receivedMs - DAY_MS, endMs: receivedMs, receivedMs, message: 'm', passed: 5, failed: 0, document: {} as never }
}

test('tries that reach nobody, complaints that nobody tells any more and lists that grow are seen', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await db.write(createOrganization, { id: organization, name: 'x', locale: 'id', nowMs: NOW_MS })
  const today = Math.floor(NOW_MS / DAY_MS) * DAY_MS
  const heard = Array.from({ length: 12 }, (_, at) => mailing({ organization, stream: 'broadcast', name: `d${at}x`, count: at > 8 ? 1_000 : 2, complaints: at > 8 ? 0 : 1, atMs: today - (12 - at) * DAY_MS + 1_000 })).flat()
  const tries = ['gmail', 'yahoo'].flatMap((site, at) => [
    { ...tried(site, at, 'delivery.queued'), data: { recipient: 'a@x.example', stream: 'broadcast', dueMs: NOW_MS } },
    { ...tried(site, at, 'delivery.deferred'), data: { recipient: 'a@x.example', stream: 'broadcast', site, attempt: 1, category: 'host-unreachable' } },
  ])
  await appendStatsLog(db, [...heard, ...tries])
  await fillAll(opened, heard.length + tries.length + 1)
  const found = (await factsOf(db, opened.stats, QUIET, NOW_MS))?.reputation
  assert.deepEqual(found?.silences, [{ organization, kind: 'complaints', about: 'yahoo', lastMs: today - 4 * DAY_MS }])
  assert.deepEqual(found.reach, { made: 2, unreached: 2, providers: 2 })
  const entry = { organization, address: 'a@x.example', scope: 'all', category: 'bad-mailbox', reason: '', delivery: null, createdMs: NOW_MS, expiresMs: null, lockedMs: null } as const
  const old = NOW_MS - 2 * DAY_MS
  for (const over of [{}, { scope: 'broadcast' }, { address: 'b@x.example', category: 'manual' }, { address: 'c@x.example', createdMs: old }, { address: 'd@x.example', expiresMs: NOW_MS - 1 }, { address: 'e@x.example', organization: '' }] as const) await db.write(suppress, { ...entry, ...over })
  assert.deepEqual(await grownLists(db, NOW_MS), [{ organization, added: 1, before: 2 }])
  assert.deepEqual(await grownLists(db, NOW_MS + 2 * DAY_MS), [])
})

function tried(site: string, at: number, type: NewEvent['type']): NewEvent {
  return { type, atMs: NOW_MS - 1_000, organization, account: null, message: null, delivery: `qt${site}${at}` as DeliveryId, version: 1, data: {} }
}
