import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../../bench/tool/wait.ts'
import { submit } from '../support/mail-network.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { toldOf } from '../support/story.ts'

let demo: Demo
let key = ''
before(async () => {
  demo = await startDemo()
  key = /^API key +(sk_test_\w+)$/m.exec(demo.output())?.[1] ?? ''
  for (const [to, last] of [['delivered', 'delivery.delivered'], ['bounced', 'delivery.failed'], ['deferred', 'delivery.deferred']] as const) {
    await toldOf(demo, await submit(demo, [`${to}@luar.test`]), last)
  }
})
after(() => demo[Symbol.asyncDispose]())

/** How long a busy machine may take to count. */
const WITHIN_MS = 30_000

type Json = Readonly<Record<string, unknown>>

async function ask(query: string): Promise<{ readonly status: number; readonly body: Json & { readonly data: readonly Json[] } }> {
  const response = await fetch(`http://127.0.0.1:${demo.ports.http}/v1/stats${query}`, { headers: { authorization: `Bearer ${key}` } })
  return { status: response.status, body: (await response.json()) as Json & { readonly data: readonly Json[] } }
}

test('what became of mail is counted over HTTP, a moment after it happened', async () => {
  const { status, body } = await ask('?domain=LUAR.test')
  assert.equal(status, 200)
  const [row] = body.data
  assert.equal(body.data.length, 1)
  assert.deepEqual(row?.['deliveries'], {
    accepted: 3, attempted: 3, deferred: 1, waiting: 1, delivered: 1, bounced: { hard: 1, soft: 0, block: 0, other: 0, late: 0 }, expired: 0, suppressed: 0, cancelled: 0, complained: 0,
    delivered_away: 1, delivered_tls: 0, delivered_tracked: 0, delivered_linked: 0, unsubscribed: { one_click: 0, page: 0, mail: 0 }, resubscribed: 0,
  })
  assert.deepEqual(row?.['attempts'], { made: 3, deferred: 1, failed: 1, delivered: 1 })
  const { rates, time_to_deliver: times } = row as Readonly<Record<string, Json>>
  assert.deepEqual([rates?.['delivery'], rates?.['complaint'], times?.['count']], [0.5, null, 1])
  const categories = await ask('?group_by=category&domain=luar.test&interval=hour')
  assert.deepEqual(categories.body.data.map(({ group, deliveries }) => [group, (deliveries as Json)['accepted']]).toSorted(), [['', 1], ['bad-mailbox', 1], ['server-busy', 1]])
  assert.deepEqual((await ask('?domain=elsewhere.test&interval=day')).body.data, [])
})

test('what is sent with tags is counted under each of them', async () => {
  const sent = await fetch(`http://127.0.0.1:${demo.ports.http}/v1/emails`, {
    method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ from: 'info@merpati.test', to: ['info@merpati.test'], subject: 'Halo', text: 'Halo', tags: [{ name: 'campaign', value: 'autumn' }, { name: 'kind', value: 'news' }] }),
  })
  assert.equal(sent.status, 202)
  // A moment after the 202: what is committed is read when everything before it is, which on PostgreSQL another worker may hold up.
  let counted: readonly Json[] = []
  await until('counts by tag', async () => (counted = (await ask('?group_by=tag')).body.data).length > 0, WITHIN_MS)
  assert.deepEqual(counted.map(({ group, deliveries }) => [group, (deliveries as Json)['accepted']]), [['campaign:autumn', 1], ['kind:news', 1]])
  assert.equal((await ask('?tag=kind:news&group_by=stream')).body.data[0]?.['group'], 'transactional')
})

test('a question that asks for too much, or backwards, is refused with the field that is wrong', async () => {
  for (const query of ['?interval=hour&from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z', '?from=2026-03-01T00:00:00Z&to=2026-01-01T00:00:00Z', '?from=yesterday', '?group_by=organization', '?group_by=tag&domain=luar.test', '?tag=a:b&group_by=pool', '?interval=minute']) {
    assert.equal((await ask(query)).status, 422, query)
  }
})

test('the command line tells the same, and makes the counts anew', async () => {
  const told = JSON.parse((await demo.cli(['stats', '--domain', 'luar.test', '--json'])).stdout) as readonly { readonly counts: Json }[]
  assert.deepEqual([told[0]?.counts['accepted'], told[0]?.counts['tries'], told[0]?.counts['hard']], [3, 3, 1])
  const rebuilt = await demo.cli(['stats', 'rebuild', '--json'])
  assert.equal(rebuilt.code, 0, rebuilt.stderr)
  assert.ok((JSON.parse(rebuilt.stdout) as { readonly events: number }).events >= 6)
  assert.deepEqual(JSON.parse((await demo.cli(['stats', '--domain', 'luar.test', '--json'])).stdout), told)
  const table = await demo.cli(['stats', '--by', 'provider'])
  assert.match(table.stdout, /^GROUP +ACCEPTED +DELIVERED/)
  assert.match(table.stdout, /^other +3 +1 /m)
})
