import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { zone } from '../support/dns/zone.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'

let network: MailNetwork
before(async () => {
  network = await startNetwork({
    names: {
      kantor: { MX: ['10 aspmx.l.google.com.'] },
      toko: { MX: ['10 aspmx.l.google.com.'] },
      abu: { MX: ['10 mx3'] },
      mx3: { A: ['127.0.0.3'] },
    },
    zones: [zone('google.com', { 'aspmx.l': { A: ['127.0.0.2'] } })],
    peers: {
      2: { script: (stage) => (stage === 'final' ? '550-5.7.28 Mail from your IP address is refused\r\n550 5.7.28 for its reputation' : null) },
      3: { script: (stage) => (stage === 'rcpt' ? '451 4.7.1 Greylisted, come back in 15 minutes' : null) },
    },
  })
})
after(() => network[Symbol.asyncDispose]())

interface Told {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What became of a message first. */
async function settled(id: string): Promise<Told> {
  for (;;) {
    const events = JSON.parse((await network.demo.cli(['trace', id, '--json'])).stdout) as readonly Told[]
    const found = events.find(({ type }) => ['delivery.delivered', 'delivery.deferred', 'delivery.failed'].includes(type))
    if (found !== undefined) return found
  }
}

test('a provider that refuses our address for its reputation does not bounce mail: it waits, and so does what comes after it', async () => {
  const first = await settled(await network.submit('budi@kantor.far.test'))
  assert.deepEqual([first.type, first.data['status'], first.data['site']], ['delivery.deferred', '5.7.28', 'gmail'])
  const asked = network.peer(2).connections
  // Another domain of the same provider: the same lane.
  const second = await settled(await network.submit('cici@toko.far.test'))
  assert.deepEqual([second.type, second.data['status']], ['delivery.deferred', '4.7.0'])
  assert.match(String(second.data['reply']), /gmail waits: suspended by A5/)
  assert.ok(Number(second.data['nextMs']) - Date.now() > 3_600_000)
  assert.equal(network.peer(2).connections, asked)
})

test('a greylist is come back to when it says so', async () => {
  const { type, data } = await settled(await network.submit('budi@abu.far.test'))
  const waitMs = Number(data['nextMs']) - Date.now()
  assert.equal(type, 'delivery.deferred')
  assert.ok(waitMs > 13 * 60_000 && waitMs <= 15 * 60_000, `${waitMs} ms`)
})
