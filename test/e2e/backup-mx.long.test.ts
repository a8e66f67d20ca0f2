import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../../bench/tool/wait.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { storyOf, type Told, toldOf, triedOf } from '../support/story.ts'

let network: MailNetwork

/** How often the primary was asked for the address that it does not have. */
let asked = 0

/** The primary, when it is well. */
function primary(stage: string, line: string): string | null {
  if (stage !== 'rcpt' || !line.includes('hantu@')) return null
  asked++
  return '550 5.1.1 No such user'
}

before(async () => {
  network = await startNetwork({
    names: {
      cadangan: { MX: ['10 utama', '20 mx.merpati.test.', '30 lain'] },
      daftar: { MX: ['10 utama', '20 mx.merpati.test.'] },
      putaran: { MX: ['10 mx.merpati.test.', '20 lain'] },
      toko: { MX: ['10 utama'] },
      macet: { MX: ['10 mati'] },
      mati: { A: ['127.0.0.9'] },
      utama: { A: ['127.0.0.2'] },
      lain: { A: ['127.0.0.3'] },
    },
    peers: { 2: { script: primary }, 3: {} },
  })
})
after(() => network[Symbol.asyncDispose]())

async function cli(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await network.demo.cli(args)
  assert.equal(code, 0, stderr)
  return stdout
}

/** Brings a message to our port 25 as a stranger does; the reply that ends it. */
async function bring(to: string, from = 'orang@jauh.example'): Promise<string> {
  using client = await SmtpClient.open({ port: network.demo.ports.smtp })
  await client.command('EHLO mail.jauh.example')
  return (await client.send({ from, to: [to], data: 'From: orang@jauh.example\r\nSubject: Titipan\r\n\r\nHalo\r\n' })).text
}

/** What a stranger hears once every worker knows what was changed: what each knows of routes is a second old at most. */
async function hears(to: string, wanted: RegExp): Promise<string> {
  let reply = ''
  await until(`"${wanted.source}" for ${to}`, async () => wanted.test((reply = await bring(to))), 30_000)
  return reply
}

const told = (id: string, ...types: readonly string[]): Promise<Told> => toldOf(network.demo, id, ...types)

const idIn = (reply: string): string => /Ok: (\S+)/.exec(reply)?.[1] ?? ''

test('a domain of nobody here is not relayed', async () => {
  assert.match(await bring('budi@cadangan.far.test'), /^550 5\.7\.1 Relaying denied/)
})

test('the backup keeps mail while the primary is away and hands it over when it is back, under its own sender', async () => {
  await cli('relay-domain', 'add', 'cadangan.far.test', '--recipients', 'any')
  network.peer(2).script = (stage) => (stage === 'banner' ? 'drop' : null)
  const reply = await hears('budi@cadangan.far.test', /^250 /)
  await told(idIn(reply), 'delivery.deferred')
  assert.equal(network.peer(3).messages.length, 0) // No better than ourselves.
  network.peer(2).script = primary
  await cli('queue', 'retry', '--domain', 'cadangan.far.test')
  await told(idIn(reply), 'delivery.delivered')
  const message = network.peer(2).messages.at(-1)
  assert.deepEqual([message?.from, message?.to], ['orang@jauh.example', ['budi@cadangan.far.test']])
})

test('who is not on the list is refused in the session, postmaster never', async () => {
  await cli('relay-domain', 'add', 'daftar.far.test', '--recipients', 'list')
  await cli('relay-domain', 'add-recipients', 'daftar.far.test', 'budi', 'Siti@daftar.far.test')
  await hears('siti@daftar.far.test', /^250 /)
  await hears('budi@daftar.far.test', /^250 /)
  await hears('hantu@daftar.far.test', /^550 5\.1\.1 No such mailbox/)
  await hears('postmaster@daftar.far.test', /^250 /)
  await cli('relay-domain', 'remove-recipients', 'daftar.far.test', 'siti')
  await hears('siti@daftar.far.test', /^550 5\.1\.1/)
  const wrong = await network.demo.cli(['relay-domain', 'add-recipients', 'daftar.far.test', 'budi@lain.test'])
  assert.deepEqual([wrong.code, wrong.stderr], [2, 'merpati: budi@lain.test is no address of daftar.far.test: nothing was changed\n'])
})

test('the primary is asked whether it takes mail for an address, once', async () => {
  await cli('relay-domain', 'add', 'daftar.far.test', '--recipients', 'callout')
  await hears('siti@daftar.far.test', /^250 /) // It was on no list any more.
  while (asked === 0) await hears('hantu@daftar.far.test', /^550 5\.1\.1 No such mailbox/)
  await hears('hantu@daftar.far.test', /^550 5\.1\.1/)
  assert.equal(asked, 1)
  network.peer(2).script = (stage) => (stage === 'banner' ? 'drop' : null)
  await hears('baru@daftar.far.test', /^250 /)
  network.peer(2).script = () => null
})

test('the primary asks for what waits, from its own address only, and once a minute', async () => {
  await cli('relay-domain', 'add', 'cadangan.far.test', '--recipients', 'any')
  network.peer(2).script = (stage) => (stage === 'banner' || stage === 'mail' ? 'drop' : null)
  const id = idIn(await hears('siti@cadangan.far.test', /^250 /))
  // Once when it came, and once more to see whether the primary is back: for a minute after that nobody tries.
  await until('two tries', async () => (await storyOf(network.demo, id)).filter(({ type }) => type === 'delivery.deferred').length === 2, 120_000)
  using stranger = await SmtpClient.open({ port: network.demo.ports.smtp })
  assert.doesNotMatch((await stranger.command('EHLO utama.far.test')).text, /ETRN/)
  assert.equal((await stranger.command('ETRN cadangan.far.test')).code, 502)
  const wrong = await network.demo.cli(['relay-domain', 'set', 'cadangan.far.test', '--etrn-from', '127.0.0.0/40'])
  assert.equal(wrong.code, 2)
  await cli('relay-domain', 'set', 'cadangan.far.test', '--recipients', 'any', '--etrn-from', '127.0.0.1')
  using primary = await SmtpClient.open({ port: network.demo.ports.smtp })
  while (!(await primary.command('EHLO utama.far.test')).text.includes('ETRN')) continue // Workers hear of it within seconds.
  assert.match((await primary.command('ETRN lain.far.test')).text, /^459 4\.7\.1 /)
  assert.match((await primary.command('ETRN #cadangan.far.test')).text, /^459 /)
  network.peer(2).script = () => null
  assert.match((await primary.command('ETRN cadangan.far.test')).text, /^253 2\.0\.0 1 pending messages for cadangan\.far\.test started/)
  await told(id, 'delivery.delivered')
  assert.match((await primary.command('ETRN @far.test')).text, /^458 4\.3\.0 .*less than a minute ago/)
})

test('a domain that leads only to ourselves is told as a mistake', async () => {
  await cli('relay-domain', 'add', 'putaran.far.test', '--recipients', 'any')
  const reply = await hears('budi@putaran.far.test', /^250 /)
  const { data } = await told(idIn(reply), 'delivery.deferred')
  assert.match(String(data['reply']), /lead to this server, which does not serve it/)
})

test('what waits for a server that is away can be sent by another one, and back', async () => {
  const id = await network.submit('budi@macet.far.test')
  await told(id, 'delivery.deferred')
  const wrong = await network.demo.cli(['queue', 'reroute', '--domain', 'macet.far.test', '--via', 'nowhere'])
  assert.deepEqual([wrong.code, wrong.stderr], [2, 'merpati: --via: want a host and a port such as "mail.example.org:25", or "mx", got "nowhere"\n'])
  assert.match(await cli('queue', 'reroute', '--domain', 'macet.far.test', '--via', 'mx', '--dry-run'), /^1 deliveries would be rerouted/)
  await cli('queue', 'reroute', '--domain', 'macet.far.test', '--via', `127.0.0.3:${network.peer(3).port}`)
  assert.equal((await told(id, 'delivery.delivered')).data['host'], '127.0.0.3')
  assert.match(String((await told(id, 'delivery.rerouted')).data['via']), /^via:127\.0\.0\.3:/)
})

test('a transport goes before MX records, and says where, or that nothing goes', async () => {
  const { port } = network.peer(3)
  await cli('transport', 'set', '*.far.test', '--relay', `127.0.0.3:${port}`, '--security', 'opportunistic')
  await cli('transport', 'set', 'tutup.far.test', '--refuse', 'we are not on speaking terms')
  for (;;) {
    const id = await network.submit('budi@toko.far.test')
    await told(id, 'delivery.delivered')
    if (network.peer(3).messages.some(({ to }) => to.includes('budi@toko.far.test'))) break // Senders hear of it within seconds.
  }
  // A sender that has not heard of it yet finds no such domain.
  for (let reply = ''; !/we are not on speaking terms/.test(reply); ) {
    const { data } = await triedOf(network.demo, await network.submit('budi@tutup.far.test'))
    reply = String(data['reply'])
  }
  const listed = JSON.parse(await cli('transport', 'list', '--json')) as readonly { readonly pattern: string; readonly to: string }[]
  assert.deepEqual(listed.map(({ pattern, to }) => [pattern, to]), [['*.far.test', `127.0.0.3:${port}`], ['tutup.far.test', 'refused: we are not on speaking terms']])
  await cli('transport', 'remove', '*.far.test')
  const again = await network.demo.cli(['transport', 'remove', '*.far.test'])
  assert.equal(again.code, 1)
})
