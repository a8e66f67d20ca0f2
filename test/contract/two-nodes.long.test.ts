import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { until } from '../../bench/tool/wait.ts'
import { openWith } from '../../src/app/outbound.ts'
import type { DeliveryId, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Answer, Mx } from '../../src/base/dns.ts'
import { makeId } from '../../src/base/ids.ts'
import { type Log, silentLog } from '../../src/base/log.ts'
import { Unavailable } from '../../src/base/unavailable.ts'
import { deliver } from '../../src/core/local/sql.ts'
import { ChosenRoutes } from '../../src/core/outbound/chosen-routes.ts'
import type { QueueStore } from '../../src/core/outbound/engine-options.ts'
import { Outbound } from '../../src/core/outbound/outbound.ts'
import { oneSource } from '../../src/core/outbound/sending-source.ts'
import { sqlQueue, sqlShaping } from '../../src/core/outbound/sql-queue.ts'
import { blockList } from '../../src/core/outbound/targets.ts'
import type { SomeLimits } from '../../src/core/pool/lane-limits.ts'
import type { NewDelivery } from '../../src/core/queue/delivery.ts'
import { storedMessage } from '../../src/core/queue/sql-message.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { type SmtpPeer, startPeer } from '../support/smtp-peer.ts'

/** A sender as each node has one, with a connection of its own to the shared database, and how often it has looked for work. */
interface Node extends AsyncDisposable {
  readonly looks: () => number
}

/** Domains that one server serves: together they are one site. */
const DOMAINS = ['a.test', 'b.test', 'c.test']
const WISHES = { ret: null, envid: null, notify: [], orcpt: null, body: null, smtputf8: false, requireTls: false, tlsOptional: false } as const
const HOUR_MS = 3_600_000

function found<T>(name: string, records: readonly T[]): Answer<T> {
  return { kind: 'found', records, name, aliases: [], authentic: false, ttlMs: 60_000, stale: false }
}

async function startNode(opened: TestDatabase, peer: SmtpPeer, limits: SomeLimits, { clock = systemClock, log = silentLog, store = (own: QueueStore): QueueStore => own } = {}): Promise<Node> {
  const db = await opened.another()
  const holder = makeId('x', Date.now())
  const queue = store(sqlQueue(db, holder, clock))
  let looks = 0
  const engine = new Outbound({
    store: { ...queue, waiting: (after) => ((looks += 1), queue.waiting(after)) },
    shaping: sqlShaping(db, holder, clock),
    holder,
    names: { mx: async (domain): Promise<Answer<Mx>> => found(domain, [{ preference: 10, exchange: 'mx.test' }]), addresses: async (host) => found(host, [peer.address]) },
    open: openWith(silentLog),
    clock,
    chance: Math.random,
    segments: { read: () => { throw new Error('all messages are small') } },
    stored: (message) => storedMessage(db, message),
    sign: async () => ({ fields: '', note: null }),
    families: [4],
    allowed: blockList(['127.0.0.0/8']),
    tls: { dane: () => null, sts: async () => null, operator: () => null },
    tally: { add: () => {}, flush: async () => {} },
    routes: { relay: null, port: peer.port, isOurs: () => false, isOurAddress: () => false },
    chosenRoutes: new ChosenRoutes(async () => ({ transports: {}, relayDomains: new Map() })),
    overrides: (domain) => [{ level: 'domain', domain, limits }],
    noteWarmup: async () => {},
    sources: () => oneSource('node.test', () => 100),
    newId: () => makeId('w', Date.now()),
    log,
    tried: () => {},
  })
  engine.start()
  return { looks: () => looks, [Symbol.asyncDispose]: () => engine.stop() }
}

async function queue(db: Database, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    const lane = DOMAINS[number % DOMAINS.length] ?? ''
    const nowMs = Date.now()
    const delivery: NewDelivery = {
      ...{ id: makeId('q', nowMs) as DeliveryId, account: null, sender: 'ani@home.test', recipient: `budi${number}@${lane}`, domain: lane, route: 'remote', stream: 'submission', priority: 1 },
      ...{ site: lane, lane, state: 'queued', dueMs: nowMs, expiresMs: nowMs + HOUR_MS, alarmMs: nowMs + HOUR_MS, wishes: WISHES, view: { prefix: '', skips: [] } },
    }
    const bytes = new TextEncoder().encode('Subject: x\r\n\r\nx\r\n')
    const message = { id: makeId('m', nowMs) as MessageId, size: bytes.length, digest: randomBytes(32), location: { kind: 'inline', bytes } } as const
    await db.write(deliver, { organization: 'o1' as OrganizationId, message, recipients: [], deliveries: [delivery], nowMs, told: {} })
  }
}

test('two nodes on one database never open more connections to a site than one may, and send everything once', async () => {
  await using opened = await openTestDatabase()
  await using peer = await startPeer({ address: '127.0.0.1' })
  await queue(opened.db, 60)
  const limits: SomeLimits = { connections: 2, connectionsOverAll: 2, rate: { count: 1_000, perMs: 1_000 }, burst: 1_000, messagesPerConnection: 1_000 }
  await using one = await startNode(opened, peer, limits)
  await using two = await startNode(opened, peer, limits)
  await peer.given(60)
  assert.ok(one.looks() + two.looks() > 0)
  assert.ok(peer.mostAtOnce <= 2, `${peer.mostAtOnce} connections at once`)
  assert.equal(new Set(peer.messages.map(({ to }) => to.join())).size, 60)
})

test('fifty messages go over connections that are used again, and none carries more than its lane allows', async () => {
  await using opened = await openTestDatabase()
  await using peer = await startPeer({ address: '127.0.0.1' })
  await queue(opened.db, 50)
  await using node = await startNode(opened, peer, { connections: 2, connectionsOverAll: 2, rate: { count: 1_000, perMs: 1_000 }, burst: 1_000, messagesPerConnection: 7 })
  await peer.given(50)
  const carried = new Map<number, number>()
  for (const { connection } of peer.messages) carried.set(connection, (carried.get(connection) ?? 0) + 1)
  assert.ok(node.looks() > 0)
  assert.equal(Math.max(...carried.values()), 7)
  assert.ok(carried.size < 25, `${carried.size} connections`)
})

test('two nodes on one database together send no faster to a site than one may, and whoever takes over begins with one burst', async () => {
  await using opened = await openTestDatabase()
  await using peer = await startPeer({ address: '127.0.0.1' })
  await queue(opened.db, 30)
  const limits: SomeLimits = { connections: 5, connectionsOverAll: 5, rate: { count: 1, perMs: HOUR_MS }, burst: 4 }
  await using first = await startNode(opened, peer, limits)
  await using second = await startNode(opened, peer, limits)
  await peer.given(4)
  const [looks, others] = [first.looks(), second.looks()]
  // Each has looked for work again and seen that the site is somebody's.
  await until('two more looks of each', async () => first.looks() >= looks + 2 && second.looks() >= others + 2, 60_000)
  assert.equal(peer.messages.length, 4)
  await first[Symbol.asyncDispose]()
  const after = second.looks()
  await until('two more looks', async () => second.looks() >= after + 3, 60_000)
  assert.ok(peer.messages.length <= 8, `${peer.messages.length} messages`)
})

test('a node whose leases ran out because it does not reach the database ends what it sends before others begin', async () => {
  await using opened = await openTestDatabase()
  await using peer = await startPeer({ address: '127.0.0.1' })
  await queue(opened.db, 3)
  let aheadMs = 0
  let isCutOff = false
  const said: string[] = []
  const log: Log = { ...silentLog, error: (event) => void said.push(event) }
  const store = (own: QueueStore): QueueStore => ({
    ...own,
    hold: async (name, untilMs) => {
      if (isCutOff) throw new Unavailable('database')
      return await own.hold(name, untilMs)
    },
  })
  const limits: SomeLimits = { connections: 5, connectionsOverAll: 5, rate: { count: 1_000, perMs: 1_000 }, burst: 1_000 }
  await using cut = await startNode(opened, peer, limits, { clock: { nowMs: () => Date.now() + aheadMs }, log, store })
  await peer.given(3)
  assert.ok(peer.open > 0)
  isCutOff = true
  aheadMs = 31_000
  await until('no more connections', async () => peer.open === 0, 60_000)
  assert.deepEqual(said, ['outbound.leases-lost'])
  assert.ok(cut.looks() > 0)
})
