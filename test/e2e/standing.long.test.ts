import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../../bench/tool/wait.ts'
import type { Domain, OrganizationId } from '../../src/base/brand.ts'
import { noteLook, noteMended } from '../../src/core/domain/proof/sql-look.ts'
import { organizationsAfter } from '../../src/core/organization/sql.ts'
import { holdDomain } from '../../src/core/standing/sql-domain-hold.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { demoConfig } from '../../src/app/config/demo.ts'
import { openForTool } from '../../src/app/database.ts'
import { askApi } from '../support/api.ts'
import { zone } from '../support/dns/zone.ts'
import { mailing } from '../support/mailing.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { appendStatsLog } from '../support/stats-fill.ts'
import { storyOf, type Told, toldOf, triedOf } from '../support/story.ts'

let network: MailNetwork
before(async () => {
  network = await startNetwork({
    names: { toko: { MX: ['10 mta5.am0.yahoodns.net.'] } },
    zones: [zone('yahoodns.net', { 'mta5.am0': { A: ['127.0.0.2'] } })],
    peers: { 2: {} },
  })
})
after(() => network[Symbol.asyncDispose]())

/** Works on the data of the running demo. */
async function withDemo<T>(run: (db: Database, organization: OrganizationId) => Promise<T>): Promise<T> {
  const config = demoConfig(network.demo.env)
  assert.ok(config.ok)
  await using db = await openForTool(config.value)
  const [organization] = await organizationsAfter(db, '')
  assert.ok(organization !== undefined)
  return await run(db, organization.id)
}

/** Mail of an hour ago that many complained of, as the log tells it. */
async function complain(): Promise<void> {
  await withDemo((db, organization) => appendStatsLog(db, mailing({ organization, stream: 'broadcast', name: 'x', count: 1_000, complaints: 3, atMs: Date.now() - 3_600_000 })))
}

/** What the API says of streams, once it says something. */
async function standing(): Promise<Readonly<Record<string, unknown>>> {
  let found: Readonly<Record<string, unknown>> | undefined
  await until('something is said of a stream', async () => {
    const { body } = await askApi(network.demo, '/v1/streams')
    found = (body['data'] as readonly Readonly<Record<string, unknown>>[])[0]
    return found !== undefined
  }, 120_000)
  return found ?? {}
}

const send = async (stream: string): Promise<string> => {
  const { body } = await askApi(network.demo, '/v1/emails', { json: { from: 'info@merpati.test', to: 'budi@toko.far.test', subject: 'Halo', text: 'Halo', stream } })
  return String(body['id'])
}

/** Sends to many until a message waits, and tells what it was told. Senders hear of a change within seconds; what goes before that is not held back. */
async function sendUntilOneWaits(): Promise<{ readonly waiting: string; readonly reply: string }> {
  let waiting = ''
  let tried: Told | null = null
  await until('a message waits', async () => {
    waiting = await send('broadcast')
    tried = await triedOf(network.demo, waiting)
    return tried.type === 'delivery.deferred'
  }, 120_000)
  return { waiting, reply: String((tried as Told | null)?.data['reply']) }
}

test('a stream that too many complain of waits, its administrator reads why, and lets it go on', async () => {
  const { demo } = network
  await complain()
  const { id, level, reason } = await standing()
  assert.deepEqual([id, level, (reason as Readonly<Record<string, unknown>>)['part']], ['broadcast:yahoo', 'paused', 3])
  const { waiting, reply } = await sendUntilOneWaits()
  assert.match(reply, /waits: paused: recipients called it spam: 3 of 1000/)
  assert.equal((await triedOf(demo, await send('transactional'))).type, 'delivery.delivered')
  assert.match((await demo.cli(['lane', 'explain', 'toko.far.test', '--resolver', `127.0.0.1:${network.dns.port}`])).stdout, /Suspended: recipients called it spam: 3 of 1000/)
  assert.match((await demo.cli(['queue', 'list', '--json'])).stdout, new RegExp(waiting))
  assert.equal((await toldOf(demo, 'admin@merpati.test', 'mail.arrived')).type, 'mail.arrived')
  await until('there is an alert', async () => ((await askApi(demo, '/v1/alerts')).body['data'] as readonly Readonly<Record<string, unknown>>[]).some(({ rule, subject, severity }) => rule === 'stream.restricted' && subject === 'broadcast:yahoo' && severity === 'critical'), 120_000)
  assert.match((await demo.cli(['alert'])).stdout, /critical +stream\.restricted +broadcast:yahoo/)
  const suspended = JSON.parse((await demo.cli(['lane', 'suspensions', '--json'])).stdout) as readonly { readonly id: string }[]
  assert.match((await demo.cli(['lane', 'resume', suspended[0]?.id ?? ''])).stderr, /goes on with "merpati stream resume"/)
  assert.equal((await askApi(demo, '/v1/streams/broadcast:gmail/resume', { json: { cause: 'x' } })).status, 404)
  assert.equal((await askApi(demo, '/v1/streams/broadcast:yahoo/resume', { json: {} })).status, 422)
  assert.equal((await demo.cli(['stream', 'resume', 'broadcast:yahoo'])).code, 2)
  const resumed = await demo.cli(['stream', 'resume', 'broadcast:yahoo', '--cause', 'list cleaned'])
  assert.match(resumed.stdout, /^broadcast:yahoo goes on/)
  assert.equal((await askApi(demo, '/v1/streams/broadcast:yahoo/resume', { json: { cause: 'list cleaned' } })).status, 404)
  assert.match((await demo.cli(['stream'])).stdout, /broadcast:yahoo +good/)
  // Senders hear of it within seconds; until then what is asked to go waits again.
  await until('what waited goes', async () => {
    await askApi(demo, '/v1/queue/retry', { json: { message: waiting } })
    return (await storyOf(demo, waiting)).some(({ type }) => type === 'delivery.delivered')
  }, 120_000)
})

test('what goes to many waits while the domain of its author fails SPF, says so, and goes when that is mended', async () => {
  const { demo } = network
  const name = 'merpati.test' as Domain
  const hold = (db: Database, organization: OrganizationId) => db.write(holdDomain, { organization, domain: name, needs: ['spf'], nowMs: Date.now() })
  await withDemo(async (db, organization) => {
    for (let look = 0; look < 2; look++) await db.write(noteLook, { name, organization, failed: ['spf'], unknown: [], nowMs: Date.now() })
    assert.equal(await hold(db, organization), 'hold')
  })
  const { waiting, reply } = await sendUntilOneWaits()
  assert.match(reply, /waits: paused: merpati\.test fails spf; "merpati dns check merpati\.test" tells what to mend/)
  assert.equal((await triedOf(demo, await send('transactional'))).type, 'delivery.delivered')
  assert.match((await demo.cli(['lane', 'suspensions'])).stdout, /merpati\.test fails spf/)
  assert.match(String((await askApi(demo, '/v1/domains/merpati.test/dns')).body['bulk_held']), /^merpati\.test fails spf;/)
  assert.match((await demo.cli(['dns', 'check', 'merpati.test'])).stdout, /^What goes to many from it waits: merpati\.test fails spf;/m)
  await withDemo(async (db, organization) => {
    assert.deepEqual(await db.write(noteMended, { name, organization, failed: [], unknown: [] }), ['spf'])
    assert.equal(await hold(db, organization), 'release')
  })
  await until('what waited goes', async () => {
    await askApi(demo, '/v1/queue/retry', { json: { message: waiting } })
    return (await storyOf(demo, waiting)).some(({ type }) => type === 'delivery.delivered')
  }, 120_000)
})
