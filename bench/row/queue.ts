import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { migrations } from '../../src/app/migration/migrations.ts'
import '../../src/app/writes.ts'
import type { Outcome } from '../../src/core/queue/delivery.ts'
import { lease } from '../../src/core/queue/sql-lease.ts'
import { settle } from '../../src/core/queue/sql-settle.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openInline } from '../../src/infra/db/sqlite/inline.ts'
import { migrateSqlite } from '../../src/infra/db/sqlite/migrate.ts'
import { startDns } from '../../test/support/dns/server.ts'
import { zone } from '../../test/support/dns/zone.ts'
import type { Demo } from '../../test/support/server.ts'
import { SmtpClient } from '../../test/support/smtp-client.ts'
import { type SmtpPeer, startPeer } from '../../test/support/smtp-peer.ts'
import { type BenchOptions, type Figure, median, spread } from '../figure.ts'
import { pidOf, startMerpati, stopPolitely, untilIdle } from '../peers/merpati.ts'
import { fillQueue } from '../tool/fill-queue.ts'
import { anonymousBytes, residentBytes } from '../tool/process.ts'
import { benchFolder, cool } from '../tool/wait.ts'

const DEAD = 200_000
const RESETS = 40
const MILLION = 1_000_000
const BATCH = 100
const BATCHES = 200

/** What the launcher sets for memory (`bin/runtime.js`): the demo is started without it here. */
const LAUNCHED = { MALLOC_ARENA_MAX: '2', NODE_OPTIONS: '--max-semi-space-size=4' }

/** What a long queue costs everybody else: a password reset beside 200,000 deliveries to a dead site, memory, and leasing at a million rows. */
export async function queue(options: BenchOptions): Promise<readonly Figure[]> {
  return [...(await besideDeadSite(options)), ...(await leasing(options))]
}

async function besideDeadSite({ say }: BenchOptions): Promise<readonly Figure[]> {
  // Nothing listens at .3: every connection is refused at once, which makes the site be tried as often as it ever is.
  await using peer = await startPeer({ address: '127.0.0.2' })
  await using dns = await startDns([zone('far.test', { dead: { MX: ['10 mx3'] }, mx3: { A: ['127.0.0.3'] }, well: { MX: ['10 mx2'] }, mx2: { A: ['127.0.0.2'] } })])
  await using demo = await startMerpati({ MERPATI_MX_PORT: String(peer.port), ...LAUNCHED }, ['--resolver', `127.0.0.1:${dns.port}`])
  const quiet = await resets(demo, peer, say)
  const rest = memoryOf(demo)
  await stopPolitely(demo)
  await using db = openInline(join(demo.dataDir, 'merpati.db'))
  await fillQueue(db, { lane: 'dead.far.test', count: DEAD, organization: 'o1', priority: 1 }, say)
  await db[Symbol.asyncDispose]()
  await demo.restart()
  await untilIdle(demo)
  await cool()
  const busy = await resets(demo, peer, say)
  const waiting = memoryOf(demo)
  return [
    {
      name: `password reset, ${DEAD / 1000},000 deliveries waiting for a dead site`,
      unit: 'ms',
      ours: median(busy),
      peer: { name: 'an empty queue', value: median(quiet) },
      goal: null,
      note: `from the 250 to the other server's 250; ${spread(busy)} against ${spread(quiet)}`,
    },
    { name: `resident memory, ${DEAD / 1000},000 waiting`, unit: 'MB', ours: waiting.resident, peer: { name: 'none waiting', value: rest.resident }, goal: { kind: 'at-most', limit: 300 }, note: `of it ${waiting.anonymous.toFixed(0)} and ${rest.anonymous.toFixed(0)} MB are no pages of files` },
  ]
}

function memoryOf(demo: Demo): { readonly resident: number; readonly anonymous: number } {
  return { resident: residentBytes(pidOf(demo)) / 1e6, anonymous: anonymousBytes(pidOf(demo)) / 1e6 }
}

/** Sends mails one after the other, each as a program's answer to somebody; how long each took to arrive. */
async function resets(demo: Demo, peer: SmtpPeer, say: (text: string) => void): Promise<readonly number[]> {
  using client = await SmtpClient.open({ port: demo.ports.submissions, tls: true })
  await client.command('EHLO bench.test')
  await client.command(`AUTH PLAIN ${Buffer.from('\0ani@merpati.test\0merpati').toString('base64')}`)
  const took: number[] = []
  for (let sent = 0; sent <= RESETS; sent++) {
    const before = peer.messages.length
    await client.command('MAIL FROM:<ani@merpati.test>')
    await client.command('RCPT TO:<budi@well.far.test>')
    await client.command('DATA')
    await client.wire.write('From: ani@merpati.test\r\nX-Merpati-Stream: transactional\r\nSubject: Kata sandi\r\n\r\nHalo\r\n.\r\n')
    await client.reply()
    const begun = performance.now()
    await peer.given(before + 1)
    if (sent > 0) took.push(performance.now() - begun) // The first looks names up and connects.
  }
  say(`queue: a reset took ${median(took).toFixed(1)} ms (${spread(took)})`)
  return took
}

async function leasing({ say }: BenchOptions): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(benchFolder(), 'merpati-queue-'))
  const path = join(folder, 'merpati.db')
  migrateSqlite(path, migrations, Date.now())
  try {
    await using db = openInline(path)
    await fillQueue(db, { lane: 'far.test', count: 10_000, organization: 'o1', priority: 1 }, say)
    const few = await leaseAndSettle(db)
    await fillQueue(db, { lane: 'dead.test', count: MILLION, organization: 'o2', priority: 1 }, say)
    await fillQueue(db, { lane: 'far.test', count: BATCH * BATCHES, organization: 'o1', priority: 1 }, say)
    const many = await leaseAndSettle(db)
    return [
      {
        name: 'lease and settle a delivery, a million rows waiting',
        unit: 'ms',
        ours: median(many),
        peer: { name: 'ten thousand rows', value: median(few) },
        goal: { kind: 'at-most', limit: 1 },
        note: `in batches of ${BATCH}, events and sync included; ${spread(many)}`,
      },
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Milliseconds a delivery, batch by batch. */
async function leaseAndSettle(db: Database): Promise<readonly number[]> {
  const took: number[] = []
  for (let batch = 0; batch < BATCHES; batch++) {
    const begun = performance.now()
    const nowMs = Date.now()
    const deliveries = await db.write(lease, { lane: 'far.test', holder: 'bench', limit: BATCH, nowMs })
    if (deliveries.length === 0) break
    const outcome: Outcome = { kind: 'delivered', answer: { status: '2.0.0', text: '250 2.0.0 Ok', host: 'mx.far.test', atMs: nowMs } }
    await db.write(settle, { holder: 'bench', settled: deliveries.map((delivery) => ({ delivery, outcome })), site: 'far', story: { tries: [] }, nowMs })
    took.push((performance.now() - begun) / deliveries.length)
  }
  return took
}
