import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../../bench/tool/wait.ts'
import { greyKey } from '../../src/core/filter/greylist/key.ts'
import { askGreylist, purgeGreylist } from '../../src/core/filter/greylist/sql-greylist.ts'
import { MAX_CONNECTIONS_PER_CLIENT, MAX_UNKNOWN_IN_SESSION } from '../../src/core/filter/network/limits.ts'
import { zone } from '../support/dns/zone.ts'
import { SmtpClient, type SmtpReply } from '../support/smtp-client.ts'
import { referenceIn, startTrustHouse, type TrustHouse } from '../support/trust-house.ts'
import { bringTo, coded, KNOWN, mail, type Over, placeOf, WELL } from '../support/trust-mail.ts'
import { trustZones } from '../support/trust-zones.ts'

const internet = trustZones([
  zone('diam.test', { '@': { MX: ['10 mx'] } }),
  // One list that refuses to serve us, and one that has everybody on it, as dead lists do.
  zone('list.dnswl.org', { '*': { A: ['127.0.0.255'] } }), zone('bl.spamcop.net', { '*': { A: ['127.0.0.2'] } }),
])

let house: TrustHouse

/** What takes seconds, by our own limits: begun at once, looked at by its test. */
let slow: { readonly silent: Promise<SmtpReply>; readonly harvest: Promise<readonly SmtpReply[]> }

before(async () => {
  house = await startTrustHouse({
    zones: internet.zones,
    people: ['ani'],
    // An entry for everybody from the beginning: that there are none is believed for two seconds.
    commands: [['filter', 'deny', 'add', 'net', '203.0.113.99/32', '--platform'], ['filter', 'trap', 'add', 'recipient', 'bekas@rumah.test', '--domain', 'rumah.test']],
  })
  house.dns.behave('diam.test', 'drop')
  await house.knowNet(KNOWN.client)
  await house.listsAreTested()
  slow = { silent: bring({ ...KNOWN, from: 'orang@diam.test' }), harvest: harvest() }
})
after(() => house[Symbol.asyncDispose]())

const bring = (over: Over): Promise<SmtpReply> => bringTo(house, over)

async function harvest(): Promise<readonly SmtpReply[]> {
  using client = await house.open('203.0.113.150', 'x.lain.test')
  await client.command('MAIL FROM:<orang@polos.test>')
  const replies: SmtpReply[] = []
  for (let at = 0; at <= MAX_UNKNOWN_IN_SESSION; at++) replies.push(await client.command(`RCPT TO:<tebakan${at}@rumah.test>`))
  return replies
}

test('a suspicious stranger is asked to come back, not let in too early, and let in after its wait', async () => {
  const stranger = { client: '203.0.113.70', helo: 'x.lain.test', from: 'orang@jauh.test' }
  assert.match((await bring(stranger)).text, /^451 4\.7\.1 Greylisted: please try again in 60 seconds/)
  assert.match((await bring(stranger)).text, /^451 4\.7\.1 Greylisted: please try again in (?:[1-5]?\d|60) seconds/)
  // Two minutes go by for what is remembered.
  await house.db.write(purgeGreylist, { nowMs: Date.now() + 25 * 3_600_000 })
  await house.db.write(askGreylist, { organization: house.organization, key: greyKey({ client: stranger.client, sender: stranger.from, recipient: 'ani@rumah.test' }), client: '203.0.113.0/24', domain: null, nowMs: Date.now() - 120_000 })
  assert.equal((await bring(stranger)).code, 250)
  assert.equal((await bring({ ...stranger, client: '203.0.113.71' })).code, 250) // Its neighbour in the farm.
})

test('a listed client is refused at RCPT, and may write to postmaster', async () => {
  using client = await house.open('203.0.113.66', 'x.lain.test')
  await client.command('MAIL FROM:<orang@polos.test>')
  assert.match((await client.command('RCPT TO:<ani@rumah.test>')).text, /^554 5\.7\.1 203\.0\.113\.66 is listed by zen\.spamhaus\.org: .* Reference m/)
  assert.equal((await client.command('RCPT TO:<postmaster@rumah.test>')).code, 250)
})

test('lists that refuse to serve us or list everybody are not asked', async () => {
  const reply = await bring(WELL)
  assert.equal(reply.code, 250)
  const [explained] = await house.explain(referenceIn(reply))
  assert.partialDeepStrictEqual(explained?.checks.find(({ check }) => check === 'dns-lists'), { check: 'dns-lists', result: 'clear', detail: '4 lists' })
  assert.equal(house.dns.count('10.2.0.192.bl.spamcop.net') + house.dns.count('10.2.0.192.list.dnswl.org'), 0)
})

test('who writes to a trap hears that nobody is there, and is kept out for a day; bounces are not', async () => {
  const client = '198.51.100.77'
  const tried = async (from: string): Promise<readonly [string, string]> => [coded(await bring({ client, from, to: ['bekas@rumah.test'] })), coded(await bring({ client }))]
  assert.deepEqual(await tried(''), ['550 5.1.1', '250 2.0.0'])
  const [first] = await tried('orang@polos.test')
  await until('the client to be kept out', async () => coded(await bring({ client })) === '550 5.7.1', 30_000, 500)
  assert.deepEqual([first, coded(await bring({ client: '198.51.100.78' }))], ['550 5.1.1', '250 2.0.0'])
  const denied = JSON.parse(await house.cli('filter', 'deny', 'list', '--json')) as readonly { readonly value: string; readonly author: string; readonly comment: string }[]
  assert.deepEqual(denied.filter(({ author }) => author === 'trap').map(({ value, comment }) => [value, comment]), [[`${client}/32`, 'it wrote to the trap bekas@rumah.test']])
})

test('a client that does not wait for the banner is told as such', async () => {
  using client = await SmtpClient.open({ port: house.ports.smtp, from: '198.51.100.79', blurts: `EHLO ${KNOWN.helo}\r\n` })
  assert.deepEqual([client.greeting.code, (await client.reply()).code], [220, 250])
  const reply = await client.send({ from: KNOWN.from, to: ['ani@rumah.test'], data: mail({}) })
  const [explained] = await house.explain(referenceIn(reply))
  assert.equal(explained?.reasons[0]?.rule, 'EARLY_TALKER')
})

test('one client has so many connections and no more, and others are not disturbed', async () => {
  const clients: SmtpClient[] = []
  for (let at = 0; at < MAX_CONNECTIONS_PER_CLIENT; at++) clients.push(await SmtpClient.open({ port: house.ports.smtp, from: '203.0.113.200' }))
  assert.ok(clients.every(({ greeting }) => greeting.code === 220))
  using more = await SmtpClient.open({ port: house.ports.smtp, from: '203.0.113.200' })
  assert.match(more.greeting.text, /^421 4\.7\.0 Too many connections from your address/)
  using other = await SmtpClient.open({ port: house.ports.smtp, from: '203.0.113.201' })
  assert.equal(other.greeting.code, 220)
  for (const client of clients) client[Symbol.dispose]()
})

test('who guesses at recipients is sent away', async () => {
  const replies = await slow.harvest
  assert.deepEqual(replies.map(coded), [...Array.from({ length: MAX_UNKNOWN_IN_SESSION }, () => '550 5.1.1'), '421 4.7.0'])
})

test('a sender whose domain does not exist is refused; while DNS is silent mail is taken', async () => {
  assert.equal(coded(await bring({ from: 'orang@tiada.test' })), '550 5.1.8')
  assert.equal((await slow.silent).code, 250)
})

test('while no DNS server and no list answers anything, a known net is let in at once, and a stranger after its wait', async () => {
  const from = 'orang@padam.test'
  const stranger = { client: '203.0.113.90', helo: 'mx.padam.test', from }
  house.dns.behave('*', 'servfail')
  try {
    assert.equal(coded(await bring({ from, fields: { Subject: 'Padam 1' } })), '250 2.0.0')
    assert.equal(await placeOf(house, 'ani', 'Padam 1'), 'INBOX')
    const first = await bring(stranger)
    assert.ok([250, 451].includes(first.code), first.text)
    await house.db.write(askGreylist, { organization: house.organization, key: greyKey({ client: stranger.client, sender: from, recipient: 'ani@rumah.test' }), client: '203.0.113.0/24', domain: null, nowMs: Date.now() - 120_000 })
    assert.equal(coded(await bring({ ...stranger, fields: { Subject: 'Padam 2' } })), '250 2.0.0')
    assert.equal(await placeOf(house, 'ani', 'Padam 2'), 'INBOX')
  } finally {
    house.dns.behave('*', null)
    house.dns.behave('diam.test', 'drop')
  }
})
