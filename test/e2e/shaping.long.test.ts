import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { zone } from '../support/dns/zone.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { type Told, triedOf } from '../support/story.ts'

let network: MailNetwork
before(async () => {
  network = await startNetwork({
    names: {
      kantor: { MX: ['10 aspmx.l.google.com.'] },
      toko: { MX: ['10 aspmx.l.google.com.'] },
      abu: { MX: ['10 mx3'] },
      mx3: { A: ['127.0.0.3'] },
      pasar: { MX: ['10 mx4'] },
      mx4: { A: ['127.0.0.4'] },
    },
    zones: [zone('google.com', { 'aspmx.l': { A: ['127.0.0.2'] } })],
    peers: {
      2: { script: (stage) => (stage === 'final' ? '550-5.7.28 Mail from your IP address is refused\r\n550 5.7.28 for its reputation' : null) },
      3: { script: (stage) => (stage === 'rcpt' ? '451 4.7.1 Greylisted, come back in 15 minutes' : null) },
    },
  })
})
after(() => network[Symbol.asyncDispose]())

const settled = (id: string): Promise<Told> => triedOf(network.demo, id)

const waitMs = ({ data }: Told): number => Number(data['next_ms']) - Date.now()

test('a provider that refuses our address for its reputation does not bounce mail: it waits, over a restart too, and one message comes back early to see whether that is over', async () => {
  const first = await settled(await network.submit('budi@kantor.far.test'))
  assert.deepEqual([first.type, first.data['status'], first.data['site']], ['delivery.deferred', '5.7.28', 'gmail'])
  const asked = network.peer(2).connections
  // Another domain of the same provider: the same lane.
  const canary = await settled(await network.submit('cici@toko.far.test'))
  assert.deepEqual([canary.type, canary.data['status']], ['delivery.deferred', '4.7.0'])
  assert.match(String(canary.data['reply']), /gmail waits: suspended by A5/)
  assert.ok(waitMs(canary) > 0 && waitMs(canary) <= 600_000, `${waitMs(canary)} ms`)
  const waiting = await settled(await network.submit('dodi@toko.far.test'))
  assert.ok(waitMs(waiting) > 3_600_000, `${waitMs(waiting)} ms`)
  await network.demo.stop()
  await network.demo.restart()
  const later = await settled(await network.submit('dodi@kantor.far.test'))
  assert.match(String(later.data['reply']), /suspended by A5/)
  assert.equal(network.peer(2).connections, asked)
})

test('an operator sees why a lane is slow, ends a suspension and makes one', async () => {
  const cli = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await network.demo.cli(['lane', ...args])
    assert.equal(code, 0, stderr)
    return stdout
  }
  const [{ id } = { id: '' }] = JSON.parse(await cli('suspensions', '--json')) as { id: string }[]
  const resolver = ['--resolver', `127.0.0.1:${network.dns.port}`]
  const explained = await cli('explain', 'kantor.far.test', ...resolver)
  assert.match(explained, /kantor\.far\.test is served by site gmail of gmail\n {2}10 aspmx\.l\.google\.com:\d+\n/)
  assert.match(explained, /Suspended: .*\(A5 source-site default gmail\)/)
  await cli('resume', id)
  assert.equal(await cli('suspensions'), 'nothing is suspended\n')
  const stopped = await cli('suspend', 'pasar.far.test', '--for', '2h', '--reason', 'they asked us to', ...resolver)
  assert.match(stopped, /mail to pasar\.far\.test .* is stopped/)
  assert.match(await cli('explain', 'pasar.far.test', ...resolver), /Suspended: they asked us to/)
  const missing = await network.demo.cli(['lane', 'resume', 'nothing'])
  assert.deepEqual([missing.code, missing.stderr], [1, 'merpati: there is no suspension nothing: "merpati lane suspensions" lists them\n'])
})

test('a greylist is come back to when it says so', async () => {
  const { type, data } = await settled(await network.submit('budi@abu.far.test'))
  const inMs = Number(data['next_ms']) - Date.now()
  assert.equal(type, 'delivery.deferred')
  assert.ok(inMs > 13 * 60_000 && inMs <= 15 * 60_000, `${inMs} ms`)
})
