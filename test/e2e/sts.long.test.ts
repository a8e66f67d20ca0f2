import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { makeCertificate } from '../support/certificate.ts'
import { zone } from '../support/dns/zone.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { triedOf } from '../support/story.ts'
import { type PolicyServer, startPolicyServer } from '../support/policy-server.ts'

const DOMAINS = ['right', 'wrong', 'unlisted', 'second', 'testing', 'broken', 'gone', 'clear']

/** Servers: one with a certificate that is trusted, one with another, one without TLS, one that fails in the middle of it. */
const SERVERS = { good: 2, bad: 3, plain: 4, torn: 5 } as const

let network: MailNetwork
let web: PolicyServer
let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'merpati-sts-'))
  const trusted = await makeCertificate(['good.far.test', ...DOMAINS.map((domain) => `mta-sts.${domain}.far.test`)])
  const other = await makeCertificate(['bad.far.test'])
  const root = join(folder, 'root.pem')
  await writeFile(root, trusted.cert)
  web = await startPolicyServer('127.0.0.9', trusted)
  const mx = { right: ['10 good'], wrong: ['10 bad'], unlisted: ['10 good'], second: ['10 bad', '20 good'], testing: ['10 bad'], broken: ['10 torn'], gone: ['10 bad'], clear: ['10 plain'] }
  network = await startNetwork({
    env: { MERPATI_POLICY_PORT: String(web.port), NODE_EXTRA_CA_CERTS: root },
    names: {
      ...Object.fromEntries(Object.entries(mx).map(([name, MX]) => [name, { MX }])),
      ...Object.fromEntries(Object.entries(SERVERS).map(([name, number]) => [name, { A: [`127.0.0.${number}`] }])),
      ...Object.fromEntries(DOMAINS.filter((domain) => domain !== 'broken').flatMap((domain) => [[`_mta-sts.${domain}`, { TXT: ['v=STSv1; id=1'] }], [`mta-sts.${domain}`, { A: ['127.0.0.9'] }]])),
    },
    zones: [zone('inside.test', { '@': { MX: ['10 good.far.test.'] }, '_mta-sts': { TXT: ['v=STSv1; id=1'] }, 'mta-sts': { A: ['10.0.0.1'] } })],
    peers: { 2: { tls: trusted }, 3: { tls: other }, 4: {}, 5: { script: (stage) => (stage === 'starttls' ? 'drop' : null), tls: other } },
  })
  const enforce = (...names: readonly string[]): string => `version: STSv1\r\nmode: enforce\r\n${names.map((name) => `mx: ${name}\r\n`).join('')}max_age: 86400\r\n`
  web.policies.set('right.far.test', enforce('*.far.test'))
  for (const domain of ['wrong', 'second', 'gone', 'clear']) web.policies.set(`${domain}.far.test`, enforce('bad.far.test', 'plain.far.test', 'good.far.test'))
  web.policies.set('unlisted.far.test', enforce('mx.elsewhere.test'))
  web.policies.set('testing.far.test', enforce('bad.far.test').replace('enforce', 'testing'))
})
after(async () => {
  await network[Symbol.asyncDispose]()
  await web[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** How a message to a domain ended: event, host, status and all of it. */
async function sent(domain: string, text?: string): Promise<readonly [type: string, host: unknown, status: unknown, words: string]> {
  const id = await network.submit(`budi@${domain}`, text)
  const { type, data } = await triedOf(network.demo, id)
  return [type, data['host'], data['status'], JSON.stringify(data)]
}

test('a policy that is enforced lets mail go to a server that it names, with a trusted certificate', async () => {
  const [type, host, , words] = await sent('right.far.test')
  assert.deepEqual([type, host], ['delivery.delivered', 'good.far.test'])
  assert.match(words, /"policy":"mta-sts"/)
  assert.equal(network.peer(SERVERS.good).messages.at(-1)?.tls, true)
  await sent('right.far.test')
  assert.equal(web.asked('right.far.test'), 1)
})

test('a server whose certificate nobody vouches for gets nothing, and the trace says why', async () => {
  const [type, host, status, words] = await sent('wrong.far.test')
  assert.deepEqual([type, host, status], ['delivery.deferred', 'bad.far.test', '4.7.5'])
  assert.match(words, /TLS is required \(mta-sts\), but its certificate is not trusted/)
  assert.equal(network.peer(SERVERS.bad).messages.length, 0)
})

test('a server that the policy does not name is not even asked', async () => {
  const before = network.peer(SERVERS.good).connections
  const [type, , status, words] = await sent('unlisted.far.test')
  assert.deepEqual([type, status], ['delivery.deferred', '4.7.5'])
  assert.match(words, /the MTA-STS policy of unlisted\.far\.test does not name it/)
  assert.equal(network.peer(SERVERS.good).connections, before)
})

test('the next server that will do is taken', async () => {
  const [type, host] = await sent('second.far.test')
  assert.deepEqual([type, host], ['delivery.delivered', 'good.far.test'])
})

test('a server without TLS gets nothing from a policy that is enforced', async () => {
  const [type, , status] = await sent('clear.far.test')
  assert.deepEqual([type, status], ['delivery.deferred', '4.7.5'])
})

test('a policy that is being tested stops nothing', async () => {
  const [type, host] = await sent('testing.far.test')
  assert.deepEqual([type, host], ['delivery.delivered', 'bad.far.test'])
})

test('a sender who would rather be read than kept from view says so, and is', async () => {
  const [type, host] = await sent('wrong.far.test', 'From: ani@merpati.test\r\nTLS-Required: No\r\nSubject: x\r\n\r\nx\r\n')
  assert.deepEqual([type, host], ['delivery.delivered', 'bad.far.test'])
  assert.match(network.peer(SERVERS.bad).messages.at(-1)?.text ?? '', /^TLS-Required: No\r$/m)
})

test('a policy outlives its record, its web server and a restart', async () => {
  assert.equal((await sent('gone.far.test'))[0], 'delivery.deferred')
  web.policies.delete('gone.far.test')
  network.dns.behave('_mta-sts.gone.far.test', 'nxdomain')
  await network.demo.stop()
  await network.demo.restart()
  assert.deepEqual((await sent('gone.far.test')).slice(0, 3), ['delivery.deferred', 'bad.far.test', '4.7.5'])
})

test('a policy whose web server lies in our own network is not fetched', async () => {
  assert.equal((await sent('inside.test'))[0], 'delivery.delivered')
})

test('a server whose TLS breaks is spoken to in the clear, and at once the next time', async () => {
  assert.equal((await sent('broken.far.test'))[0], 'delivery.delivered')
  const before = network.peer(SERVERS.torn).connections
  const [type, , , words] = await sent('broken.far.test')
  assert.equal(type, 'delivery.delivered')
  assert.ok(network.peer(SERVERS.torn).connections - before <= 1)
  assert.match(words, /TLS did not work there lately|broken\.far\.test/)
})

test('how TLS went is counted for reports, by domain, policy and result', async () => {
  const wanted = [
    'right sts successful', 'wrong sts certificate-not-trusted', 'unlisted sts validation-failure', 'testing sts certificate-not-trusted', 'clear sts starttls-not-supported',
    'broken no-policy-found validation-failure', 'inside sts sts-policy-fetch-error',
  ]
  for (let missing = wanted; missing.length > 0; ) {
    const { stdout } = await network.demo.cli(['lane', 'tls', '--json'])
    const rows = JSON.parse(stdout) as readonly { readonly domain: string; readonly policy: string; readonly result: string }[]
    const told = new Set(rows.map(({ domain, policy, result }) => `${domain.split('.')[0]} ${policy} ${result}`))
    missing = wanted.filter((line) => !told.has(line))
  }
  const failed = (await network.demo.cli(['lane', 'tls', '--failed'])).stdout
  assert.match(failed, /wrong\.far\.test +sts +certificate-not-trusted/)
  assert.doesNotMatch(failed, /successful/)
})
