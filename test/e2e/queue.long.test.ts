import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'

let network: MailNetwork
before(async () => {
  network = await startNetwork({
    names: { '@': { MX: ['10 mx2'] }, sama: { MX: ['10 mx2', '20 mx3'] }, lain: { MX: ['10 mx3', '20 mx2'] }, mx2: { A: ['127.0.0.2'] }, mx3: { A: ['127.0.0.2'] } },
    peers: { 2: { script: (stage) => (stage === 'rcpt' ? '451 4.7.1 Later' : null) } },
  })
})
after(() => network[Symbol.asyncDispose]())

interface Row {
  readonly id: string
  readonly state: string
  readonly attempts: number
  readonly to: string
}

async function queue(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await network.demo.cli(['queue', ...args, '--json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as Record<string, unknown>
}

const list = async (): Promise<readonly Row[]> => (await queue('list')) as unknown as readonly Row[]

/** The one delivery of a message, once it has been tried so often. */
async function tried(to: string, attempts: number): Promise<Row> {
  for (;;) {
    const row = (await list()).find((each) => each.to === to)
    if (row !== undefined && row.attempts >= attempts && row.state === 'queued') return row
  }
}

test('a delivery that waits can be looked at, hurried, held, released and given up', async () => {
  await network.submit('budi@far.test')
  const { id } = await tried('budi@far.test', 1)
  const shown = await queue('show', id)
  assert.deepEqual([shown['state'], shown['lastStatus'], shown['lastAnswer'], shown['lastHost']], ['queued', '4.7.1', '451 4.7.1 Later', 'mx2.far.test'])
  assert.equal((await queue('retry', id))['deliveries'], 1)
  await tried('budi@far.test', 2)
  assert.deepEqual(await queue('hold', '--domain', 'far.test', '--dry-run'), { operation: 'hold', deliveries: 1, dryRun: true })
  assert.equal((await queue('hold', id))['deliveries'], 1)
  assert.equal((await queue('show', id))['state'], 'held')
  network.peer(2).script = () => null
  assert.equal((await queue('release', '--all'))['deliveries'], 1)
  await network.peer(2).given(1)
})

test('what goes to a site can be listed and operated on as one, whichever domains it serves', async () => {
  network.peer(2).script = (stage) => (stage === 'rcpt' ? '451 4.7.1 Later' : null)
  await network.submit('budi@sama.far.test')
  await network.submit('budi@lain.far.test')
  const { id } = await tried('budi@sama.far.test', 1)
  await tried('budi@lain.far.test', 1)
  const site = String((await queue('show', id))['site'])
  const explained = await network.demo.cli(['lane', 'explain', 'sama.far.test', '--resolver', `127.0.0.1:${network.dns.port}`])
  assert.match(explained.stdout, new RegExp(`served by site ${site}`))
  const listed = (await queue('list', '--site', site)) as unknown as readonly Row[]
  assert.deepEqual(listed.map(({ to }) => to), ['budi@sama.far.test'])
  assert.deepEqual(await queue('hold', '--site', site, '--dry-run'), { operation: 'hold', deliveries: 1, dryRun: true })
  assert.equal((await queue('hold', '--site', site))['deliveries'], 1)
  assert.equal((await queue('show', id))['state'], 'held')
  assert.equal((await queue('cancel', '--site', site))['deliveries'], 1)
  assert.equal((await queue('cancel', '--site', 'mx-nobody'))['deliveries'], 0)
  assert.equal((await queue('cancel', '--to', 'budi@lain.far.test'))['deliveries'], 1)
})

test('mail that was given up is not sent, and is gone from the list', async () => {
  network.peer(2).script = (stage) => (stage === 'rcpt' ? '451 4.7.1 Later' : null)
  const message = await network.submit(['ani@far.test', 'cici@far.test'])
  await tried('cici@far.test', 1)
  await tried('ani@far.test', 1)
  assert.equal((await queue('cancel', '--message', message, '--to', 'cici@far.test'))['deliveries'], 1)
  assert.deepEqual((await list()).map(({ to }) => to), ['ani@far.test'])
  assert.match((await network.demo.cli(['trace', message])).stdout, /delivery\.cancelled/)
})

test('an operation must say which deliveries, and says when there is none', async () => {
  const nothing = await network.demo.cli(['queue', 'cancel'])
  assert.deepEqual([nothing.code, /--all/.test(nothing.stderr)], [2, true])
  const unknown = await network.demo.cli(['queue', 'retry', 'q-none'])
  assert.deepEqual([unknown.code, /q-none is not there/.test(unknown.stderr)], [1, true])
})

test('the host check greets a server elsewhere, and tells what it cannot learn', async () => {
  const { stdout, stderr } = await network.demo.cli(['host', 'check', '--probe', 'far.test', '--time-server', '127.0.0.1:1', '--resolver', `127.0.0.1:${network.dns.port}`, '--json'])
  const findings = JSON.parse(stdout === '' ? stderr : stdout) as readonly { readonly id: string; readonly kind: string; readonly found: string }[]
  const kindOf = (id: string): string | undefined => findings.find((finding) => finding.id === id)?.kind
  assert.deepEqual([kindOf('port-25-out'), kindOf('address-lists'), kindOf('database'), kindOf('queue')], ['pass', 'unknown', 'pass', 'pass'], stdout)
  assert.deepEqual(findings.map(({ id }) => id), ['port-25-out', 'ptr', 'address-lists', 'domain-lists', 'domain-age', 'resolver', 'clock', 'disk', 'database', 'queue'])
  const blocked = await network.demo.cli(['host', 'check', '--probe', 'nirgends.test', '--time-server', 'x.test', '--resolver', `127.0.0.1:${network.dns.port}`])
  assert.match(blocked.stdout, /^\? port-25-out +no mail server of nirgends\.test is known$/m)
})
