import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeCertificate } from '../support/certificate.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { type Told, toldOf } from '../support/story.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { type PeerScript, startPeer } from '../support/smtp-peer.ts'

/** Says a line at a stage, the first `times` times it comes there. */
function at(stage: string, turn: string, times = Number.POSITIVE_INFINITY): PeerScript {
  let left = times
  return (now) => (now === stage && left-- > 0 ? turn : null)
}

const HONEST: PeerScript = () => null

/** What a first MX may do so that the second is asked. */
const TROUBLES: readonly (readonly [what: string, script: PeerScript])[] = [
  ['puts us off in its banner', at('banner', '421 4.3.2 Busy')],
  ['does not want us', at('banner', '554 5.7.1 Go away')],
  ['refuses EHLO for a while', at('ehlo', '450 4.3.2 Later')],
  ['breaks off before the end of the message', at('data', 'drop')],
  ['closes with 421 at MAIL', at('mail', '421 4.3.2 Closing')],
]

let network: MailNetwork
before(async () => {
  network = await startNetwork({
    names: {
      '@': { MX: ['10 mx2', '20 mx3'] },
      mx2: { A: ['127.0.0.2'] },
      mx3: { A: ['127.0.0.3'] },
      mx4: { A: ['127.0.0.4'] },
      closed: { A: ['127.0.0.99'] },
      first: { MX: ['10 closed', '20 mx3'] },
      null: { MX: ['0 .'] },
      implicit: { A: ['127.0.0.2'] },
      nowhere: { TXT: ['nothing here'] },
      private: { MX: ['10 inside'] },
      inside: { A: ['10.1.2.3'] },
      loop: { MX: ['10 mx.merpati.test.'] },
      alias: { CNAME: ['implicit'] },
      tls: { MX: ['10 mx4'] },
      three: { MX: ['10 closed', '20 mx2', '30 mx3'] },
      aliased: { MX: ['10 other'] },
      other: { CNAME: ['mx2'] },
      six: { AAAA: ['::1'] },
      circle: { CNAME: ['round'] },
      round: { CNAME: ['circle'] },
      chain: { CNAME: ['link1'] },
      ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`link${index + 1}`, { CNAME: [`link${index + 2}`] }])),
      link10: { A: ['127.0.0.2'] },
      short: { CNAME: ['link8'] },
      ...Object.fromEntries(TROUBLES.flatMap((_, index) => [[`trouble${index}`, { MX: [`10 bad${index}`, '20 mx3'] }], [`bad${index}`, { A: [`127.0.0.${10 + index}`] }]])),
    },
    peers: { ...Object.fromEntries(TROUBLES.map(([, script], index) => [10 + index, { script }])), 2: {}, 3: {}, 4: { tls: await makeCertificate(['mx4.far.test']) } },
  })
})
after(() => network[Symbol.asyncDispose]())

const told = (id: string, ...types: readonly string[]): Promise<Told> => toldOf(network.demo, id, ...types)
const settled = (id: string): Promise<Told> => told(id, 'delivery.delivered', 'delivery.deferred', 'delivery.failed')

test('a submission to another domain arrives at its first MX, signed and with our Received in front', async () => {
  const id = await network.submit('budi@far.test')
  const { type, data } = await settled(id)
  assert.deepEqual([type, data['host'], data['status']], ['delivery.delivered', 'mx2.far.test', '2.0.0'])
  const message = network.peer(2).messages.at(-1)
  assert.deepEqual([message?.from, message?.to], ['ani@merpati.test', ['budi@far.test']])
  assert.match(message?.text ?? '', /^DKIM-Signature: [\s\S]*\r\nReceived: [\s\S]*Halo dari Ani\.\r\n$/)
  assert.equal(network.peer(3).messages.length, 0)
})

test('when the first MX is closed, mail goes to the second', async () => {
  const { type, data } = await settled(await network.submit('budi@first.far.test'))
  assert.deepEqual([type, data['host']], ['delivery.delivered', 'mx3.far.test'])
})

for (const [index, [what]] of TROUBLES.entries()) {
  test(`when the first MX ${what}, the second gets the mail, once`, async () => {
    const before = network.peer(3).messages.length
    const { type, data } = await settled(await network.submit(`budi@trouble${index}.far.test`, `Subject: ${what}\r\n\r\nHalo.\r\n`))
    assert.deepEqual([type, data['host']], ['delivery.delivered', 'mx3.far.test'])
    assert.deepEqual([network.peer(10 + index).messages.length, network.peer(3).messages.length - before], [0, 1])
  })
}

test('of three preferences the first is closed, the second puts the mail off, and the third is not asked', async () => {
  network.peer(2).script = at('rcpt', '451 4.7.1 Not now')
  const before = network.peer(3).connections
  const { type, data } = await settled(await network.submit('budi@three.far.test'))
  network.peer(2).script = HONEST
  assert.deepEqual([type, data['status'], data['host']], ['delivery.deferred', '4.7.1', 'mx2.far.test'])
  assert.equal(network.peer(3).connections, before)
})

test('what was in doubt is sent again, once it is time, with the same Message-ID, and told as a possible duplicate', async () => {
  network.peer(2).script = at('final', 'drop', 1)
  const id = await network.submit('budi@far.test', 'From: ani@merpati.test\r\nMessage-ID: <doubt@merpati.test>\r\n\r\nHalo.\r\n')
  assert.equal((await settled(id)).data['possible_duplicate'], true)
  network.peer(2).script = HONEST
  assert.equal((await network.demo.cli(['queue', 'retry', '--message', id])).code, 0)
  const { data } = await told(id, 'delivery.delivered')
  assert.equal(data['possible_duplicate'], true)
  const copies = network.peer(2).messages.filter(({ text }) => text.includes('Message-ID: <doubt@merpati.test>'))
  assert.equal(copies.length, 1) // The peer threw the first away.
})

for (const stage of ['rcpt', 'data', 'final']) {
  test(`a refusal at ${stage} is final, and nobody else is asked`, async () => {
    network.peer(2).script = at(stage, '550 5.7.1 No')
    const before = network.peer(3).connections
    const { type, data } = await settled(await network.submit('budi@far.test'))
    network.peer(2).script = HONEST
    assert.deepEqual([type, data['status'], data['reply']], ['delivery.failed', '5.7.1', '550 5.7.1 No'])
    assert.equal(network.peer(3).connections, before)
  })

  test(`a delay at ${stage} is tried again later, and nobody else is asked`, async () => {
    network.peer(2).script = at(stage, '451 4.7.1 Greylisted')
    const before = network.peer(3).connections
    const { type, data } = await settled(await network.submit('budi@far.test'))
    network.peer(2).script = HONEST
    assert.deepEqual([type, data['status']], ['delivery.deferred', '4.7.1'])
    assert.equal(network.peer(3).connections, before)
  })
}

test('each recipient has a fate of its own', async () => {
  network.peer(2).script = (stage, line) => (stage === 'rcpt' && line.includes('cici') ? '550 5.1.1 Unknown' : null)
  const id = await network.submit(['budi@far.test', 'cici@far.test'])
  const [delivered, failed] = [await told(id, 'delivery.delivered'), await told(id, 'delivery.failed')]
  network.peer(2).script = HONEST
  assert.deepEqual([delivered.data['recipient'], failed.data['recipient'], failed.data['status']], ['budi@far.test', 'cici@far.test', '5.1.1'])
})

test('a connection lost after the final dot is in doubt: it is tried again, later, and says so', async () => {
  network.peer(2).script = at('final', 'drop')
  const before = network.peer(3).connections
  const { type, data } = await settled(await network.submit('budi@far.test'))
  network.peer(2).script = HONEST
  assert.deepEqual([type, data['possible_duplicate']], ['delivery.deferred', true])
  assert.ok(Number(data['next_ms']) - Date.now() > 9 * 60_000)
  assert.equal(network.peer(3).connections, before)
})

for (const [domain, status, words] of [
  ['null.far.test', '5.1.10', /null MX/],
  ['nowhere.far.test', '5.4.4', /no address/],
  ['private.far.test', '5.4.4', /no address that mail may be sent to/],
] as const) {
  test(`mail for ${domain} fails at once with ${status}`, async () => {
    const { type, data } = await settled(await network.submit(`budi@${domain}`))
    assert.deepEqual([type, data['status']], ['delivery.failed', status])
    assert.match(String(data['reply']), words)
  })
}

for (const domain of ['gone.far.test', 'loop.far.test']) {
  test(`mail for ${domain} waits until the same has been heard twice`, async () => {
    assert.equal((await settled(await network.submit(`budi@${domain}`))).type, 'delivery.deferred')
  })
}

for (const domain of ['circle.far.test', 'chain.far.test']) {
  test(`the aliases of ${domain} lead nowhere: mail fails at once`, async () => {
    const { type, data } = await settled(await network.submit(`budi@${domain}`))
    assert.deepEqual([type, data['status']], ['delivery.failed', '5.4.4'])
  })
}

test('an MX host may be an alias, and a domain may be one of three', async () => {
  for (const [domain, host] of [['aliased', 'other.far.test'], ['short', 'link10.far.test']] as const) {
    const { type, data } = await settled(await network.submit(`budi@${domain}.far.test`))
    assert.deepEqual([type, data['host']], ['delivery.delivered', host])
  }
})

test('a domain with an IPv6 address and nothing else is its own server', async () => {
  await using six = await startPeer({ address: '::1', port: network.peer(2).port })
  const { type, data } = await settled(await network.submit('budi@six.far.test'))
  assert.deepEqual([type, data['host'], six.messages.length], ['delivery.delivered', 'six.far.test', 1])
})

for (const domain of ['implicit.far.test', 'alias.far.test']) {
  test(`${domain} has no MX records: its address takes the mail`, async () => {
    const { type, data } = await settled(await network.submit(`budi@${domain}`))
    assert.deepEqual([type, data['host']], ['delivery.delivered', 'implicit.far.test'])
  })
}

test('mail waits when DNS does not answer', async () => {
  network.dns.behave('servfail.far.test', 'servfail')
  const { type, data } = await settled(await network.submit('budi@servfail.far.test'))
  assert.deepEqual([type, data['status']], ['delivery.deferred', '4.4.3'])
})

test('TLS is used where it is offered, whoever signed the certificate', async () => {
  await settled(await network.submit('budi@tls.far.test'))
  assert.equal(network.peer(4).messages.at(-1)?.tls, true)
})

test('where TLS breaks, mail goes in the clear', async () => {
  network.peer(4).script = at('starttls', '454 4.7.0 Not now', 1)
  const before = network.peer(4).messages.length
  // Another domain, so that no connection is open.
  const { type } = await settled(await network.submit('cici@tls.far.test'))
  network.peer(4).script = HONEST
  assert.equal(type, 'delivery.delivered')
  assert.ok(network.peer(4).messages.length > before)
})

test('a message with many recipients goes to each domain once', async () => {
  const before = network.peer(2).messages.length
  const id = await network.submit(['a@far.test', 'b@far.test', 'c@far.test'])
  await told(id, 'delivery.delivered')
  assert.deepEqual(network.peer(2).messages.slice(before).map(({ to }) => to.toSorted()), [['a@far.test', 'b@far.test', 'c@far.test']])
})

test('what an alias sends on goes under an address of ours, unsigned, and comes back through us to its sender', async () => {
  assert.equal((await network.demo.cli(['alias', 'add', 'info@merpati.test', 'budi@far.test'])).code, 0)
  const before = network.peer(2).messages.length
  using client = await SmtpClient.open({ port: network.demo.ports.smtp })
  await client.command('EHLO far.test')
  const sent = await client.send({ from: 'teman@implicit.far.test', to: ['info@merpati.test'], data: 'From: teman@implicit.far.test\r\n\r\nHalo.\r\n' })
  assert.equal(sent.code, 250, sent.text)
  await network.peer(2).given(before + 1)
  const forwarded = network.peer(2).messages.at(-1)
  assert.match(forwarded?.from ?? '', /^SRS0=[A-Z2-7]{8}=[A-Z2-7]{2}=implicit\.far\.test=teman@merpati\.test$/)
  assert.doesNotMatch(forwarded?.text ?? '', /DKIM-Signature/)
  const bounce = 'From: mailer-daemon@far.test\r\nSubject: Gagal\r\n\r\nTidak terkirim.\r\n'
  const stranger = await client.send({ from: 'spam@far.test', to: [forwarded?.from ?? ''], data: bounce })
  assert.equal(stranger.code, 550, stranger.text)
  const back = await client.send({ from: '', to: [forwarded?.from ?? ''], data: bounce })
  assert.equal(back.code, 250, back.text)
  await network.peer(2).given(before + 2)
  const returned = network.peer(2).messages.at(-1)
  assert.deepEqual([returned?.from, returned?.to], ['', ['teman@implicit.far.test']])
})
