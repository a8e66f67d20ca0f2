import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeliveryId, Domain, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { evaluate } from '../../src/core/alert/rules.ts'
import { alertsOf, applyAlerts } from '../../src/core/alert/sql.ts'
import { factsOf } from '../../src/core/alert/sql-facts.ts'
import { databaseClockOffMs, fullMailboxes, replicas } from '../../src/core/alert/sql-surroundings.ts'
import { QUIET } from '../../src/core/alert/surroundings.ts'
import { noteLook } from '../../src/core/domain/proof/sql-look.ts'
import { catchUp } from '../../src/core/event/follow.ts'
import { advanceReader } from '../../src/core/event/sql.ts'
import { createOrganization } from '../../src/core/organization/sql.ts'
import { noteChecks, putSource } from '../../src/core/pool/sql-source.ts'
import type { NewDelivery } from '../../src/core/queue/delivery.ts'
import { enqueue } from '../../src/core/queue/sql.ts'
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

test('a domain for which many have waited for long is seen, and one that just got much is not', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await db.write(createOrganization, { id: organization, name: 'x', locale: 'id', nowMs: NOW_MS })
  const wishes = { ret: null, envid: null, notify: [], orcpt: null, body: null, smtputf8: false, requireTls: false, tlsOptional: false }
  for (const [domain, ageMs] of [['old.example', 3 * 3_600_000], ['new.example', 60_000]] as const) {
    const atMs = NOW_MS - ageMs
    const deliveries = Array.from({ length: 101 }, (_, i): NewDelivery => ({
      ...{ id: makeId('q', atMs) as DeliveryId, account: null, sender: '', recipient: `r${i}@${domain}`, domain, route: 'remote', stream: 'broadcast', priority: 2, site: domain, lane: domain, state: 'queued' },
      ...{ dueMs: atMs, expiresMs: atMs + 86_400_000, alarmMs: null, wishes, view: { prefix: '', skips: [] } },
    }))
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
  await db.write(noteLook, look)
  const facts = async () => await factsOf(db, opened.stats, QUIET, NOW_MS)
  assert.deepEqual((await facts())?.domains, [], 'one bad look is no news')
  await db.write(noteLook, look)
  const found = await facts()
  assert.deepEqual(found?.domains, [{ name: 'home.example', organization: home, failing: ['spf'] }])
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
