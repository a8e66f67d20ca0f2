import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { type Told, toldOf } from '../support/story.ts'

let network: MailNetwork
before(async () => {
  network = await startNetwork({
    names: { pasar: { MX: ['10 mx2'] }, mx2: { A: ['127.0.0.2'] } },
    peers: { 2: {} },
  })
})
after(() => network[Symbol.asyncDispose]())

async function cli(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await network.demo.cli(args)
  assert.equal(code, 0, stderr)
  return stdout
}

const STREAM = (stream: string): string => `From: ani@merpati.test\r\nX-Merpati-Stream: ${stream}\r\nSubject: x\r\n\r\nx\r\n`

const story = (id: string, ...types: readonly string[]): Promise<Told> => toldOf(network.demo, id, ...types)

test('each kind of mail leaves from the addresses of its pool, under their names', async () => {
  await cli('source', 'add', 'people', '127.0.0.11', '--ehlo', 'people.merpati.test')
  await cli('source', 'add', 'shops', '127.0.0.12', '--ehlo', 'shops.merpati.test')
  await cli('pool', 'add', 'main', 'people')
  await cli('pool', 'add', 'quick', 'shops', '--kind', 'txn-shared')
  const first = await network.submit('budi@pasar.far.test')
  await network.submit('cici@pasar.far.test', STREAM('transactional'))
  await network.peer(2).given(2)
  const seen = network.peer(2).messages.map(({ client, helo, to }) => `${to[0]} ${client} ${helo}`).toSorted()
  assert.deepEqual(seen, ['budi@pasar.far.test 127.0.0.11 people.merpati.test', 'cici@pasar.far.test 127.0.0.12 shops.merpati.test'])
  assert.equal((await story(first, 'delivery.delivered')).data['source'], '127.0.0.11')
})

test('a warming address sends what its day allows; the rest goes by the pool that takes its overflow, or waits', async () => {
  await cli('source', 'add', 'fresh', '127.0.0.13', '--warm-up', 'standard')
  await cli('pool', 'add', 'crowd', 'fresh', '--kind', 'bulk-shared-b', '--overflow', 'quick')
  // The engine believes the book for five seconds: until then everything leaves by the pool for all.
  const from: unknown[] = []
  while (from.at(-1) !== '127.0.0.12') from.push((await story(await network.submit('all@pasar.far.test', STREAM('broadcast')), 'delivery.delivered')).data['source'])
  // A small site gets 20 on the first day, a twelfth of them an hour: two, or four when an hour ends meanwhile.
  const fresh = from.filter((each) => each === '127.0.0.13').length
  assert.ok(fresh === 2 || fresh === 4, `${fresh}`)
  await cli('pool', 'add', 'crowd', 'fresh', '--kind', 'bulk-shared-b', '--overflow-mode', 'defer')
  for (;;) {
    const { type, data } = await story(await network.submit('late@pasar.far.test', STREAM('broadcast')), 'delivery.deferred', 'delivery.delivered')
    if (type === 'delivery.delivered') continue
    assert.match(String(data['reply']), /the addresses of pool crowd are warming up/)
    break
  }
  assert.match(await cli('source', 'list'), /fresh +127\.0\.0\.13 .*warming .*crowd/)
})

test('mistakes are told', async () => {
  const wrong = async (...args: string[]): Promise<string> => (await network.demo.cli(args)).stderr.trim()
  assert.equal(await wrong('source', 'add', 'x', '127.0.0.11'), 'merpati: 127.0.0.11 is source people already')
  assert.equal(await wrong('source', 'add', 'x', 'nowhere'), 'merpati: nowhere is no IP address')
  assert.equal(await wrong('pool', 'add', 'y', 'nobody'), 'merpati: there is no source nobody: "merpati source add" makes one')
  await cli('pool', 'add', 'reports', '--kind', 'system')
  assert.equal(await wrong('pool', 'add', 'y', '--overflow', 'reports'), 'merpati: reports carries system mail and nothing else')
  assert.equal(await wrong('pool', 'add', 'y', '--kind', 'dedicated'), 'merpati: a dedicated pool has an --organization, and no other pool has one')
})
