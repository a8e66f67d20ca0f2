import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { zipSync } from 'fflate'
import { until } from '../../bench/tool/wait.ts'
import { DEFAULT_THRESHOLDS } from '../../src/core/filter/judge.ts'
import { GTUBE_TEXT } from '../../src/core/filter/table/body.ts'
import { KNOWN_LIST_AFTER, YOUNG_MS } from '../../src/core/filter/seen/limits.ts'
import { BEGINNING, listKey } from '../../src/core/filter/seen/seen-key.ts'
import { noteSeen, seenReader } from '../../src/core/filter/seen/sql-seen-mail.ts'
import { MAX_COPIES_AT_ONCE } from '../../src/core/inbound/limits.ts'
import { seenRows } from '../../src/core/report/sql-dmarc-seen.ts'
import { zone } from '../support/dns/zone.ts'
import { SmtpClient, type SmtpReply } from '../support/smtp-client.ts'
import { referenceIn, signed, startTrustHouse, type TrustHouse } from '../support/trust-house.ts'
import { bringTo, coded, headerOf, KNOWN, mail, mailbox, MIXED, noise, type Over, part, placeOf, WELL } from '../support/trust-mail.ts'
import { type TrustZones, trustZones } from '../support/trust-zones.ts'

/** A list on an old machine: nothing vouches for its envelope, and it takes signatures off. */
const LIST = { client: '192.0.2.70', helo: 'mx.paguyuban.test', from: 'warga-bounces@paguyuban.test' } as const

const PROGRAM = part('tagihan.exe', 'MZ')
const PACKED_PROGRAM = part('tagihan.zip', zipSync({ 'baca.txt': noise(9000), 'x/tagihan.exe': noise(50) }))

const internet: TrustZones = trustZones([
  zone('cadangan.test', { '@': { MX: ['10 mx.rumah.test.'] } }),
  zone('paguyuban.test', { '@': { MX: ['10 mx'] }, mx: { A: ['192.0.2.70'] } }), zone('lapor.test', { '@': { MX: ['10 mx'], TXT: ['v=spf1 ip4:192.0.2.80 -all'] }, _dmarc: { TXT: ['v=DMARC1; p=reject; rua=mailto:r@lapor.test'] } }),
])

let house: TrustHouse
before(async () => {
  house = await startTrustHouse({
    zones: internet.zones,
    people: ['ani', 'budi', 'cici', 'dodi'],
    // An entry for everybody from the beginning: that there are none is believed for two seconds.
    commands: [['filter', 'deny', 'add', 'net', '203.0.113.99/32', '--platform'], ['alias', 'add', 'terusan@rumah.test', 'luar@far.test'], ['relay-domain', 'add', 'cadangan.test', '--recipients', 'any', '--host', '127.0.0.9:9'], ['account', 'set', 'ani@rumah.test', '--name', 'Ani Lestari'], ['filter', 'score', 'set', '--account', 'dodi@rumah.test', '--junk', '0.5']],
  })
  await house.knowNet(KNOWN.client)
  await house.knowNet(LIST.client)
  await house.db.write(noteSeen, { notes: [{ organization: house.organization, key: BEGINNING, times: 1, atMs: Date.now() - YOUNG_MS }] })
  await house.listsAreTested()
})
after(() => house[Symbol.asyncDispose]())

const bring = (over: Over): Promise<SmtpReply> => bringTo(house, over)

test('what is well sent is taken, and its reader sees that it is proven, and nothing that its sender says of checks', async () => {
  const forged = 'Return-Path: <x@jahat.test>\r\nAuthentication-Results: mx.rumah.test; spf=fail\r\nX-Spam-Status: No, score=-100\r\nX-Spam-Flag: NO\r\nX-Merpati-Verdict: accept; by=me; score=-100\r\nBIMI-Location: v=BIMI1; l=https://jahat.test/\r\n'
  const key = internet.keys.get('far.test')
  assert.ok(key)
  const reply = await bring({ ...WELL, data: await signed(forged + mail({ From: WELL.from, Subject: 'Terbukti' }), 'far.test', key) })
  assert.equal(coded(reply), '250 2.0.0')
  const header = (await headerOf(house, 'ani', 'Terbukti')).replace(/\r\n[ \t]+/g, ' ')
  const results = header.match(/^Authentication-Results:.*$/gm) ?? []
  assert.equal(results.length, 1)
  for (const word of [/^Authentication-Results: mx\.rumah\.test;/, /\bspf=pass\b/, /\bdkim=pass\b[^;]* header\.d=far\.test/, /\bdmarc=pass\b[^;]* header\.from=far\.test/, /\biprev=pass\b/, /\bbimi=pass header\.d=far\.test header\.selector=default\b/]) assert.match(results[0] ?? '', word)
  assert.doesNotMatch(header, /jahat|-100|by=me|X-Spam-Flag/)
  assert.match(header, /^Return-Path: <orang@far\.test>$/m)
  assert.match(header, /^X-Spam-Status: No, score=-/m)
  assert.equal(await placeOf(house, 'ani', 'Terbukti'), 'INBOX')
})

test('what SPF does not allow and DMARC asks to refuse is refused; what it wants in quarantine is in Junk', async () => {
  assert.equal(coded(await bring({ from: 'orang@author.test' })), '550 5.7.26')
  assert.equal(coded(await bring({ fields: { From: 'orang@karantina.test', Subject: 'Karantina' } })), '250 2.0.0')
  assert.equal(await placeOf(house, 'ani', 'Karantina'), 'Junk $Junk')
})

test('nobody writes in the name of our domain, however it is spelled', async () => {
  const authors = [
    'bos@rumah.test', 'Bos <BOS@Rumah.TEST>', 'bos@kantor.rumah.test', 'orang@polos.test, bos@rumah.test', '=?utf-8?q?Bos?= <bos@rumah.test>', 'bos@rumah.test (Bos)', '<@polos.test:bos@rumah.test>',
    'Kantor: bos@rumah.test;', '"Bos"\r\n <bos@rumah.test>', 'bos @ rumah.test', 'bos(x)@(y)rumah.test', 'bos@rumah.test.', 'bos@rumah.test <orang@polos.test>', '"Bos" <bos@rumah.test> <orang@polos.test>',
    '=?utf-8?q?bos=40rumah.test?=', '=?utf-8?b?Ym9zQHJ1bWFoLnRlc3Q=?= ', '<bos@rumah.test', 'bos@rumah.test; orang@polos.test', 'bos@\uff52umah.test', '"bos"@rumah.test', 'orang@polos.test\r\n , bos@rumah.test',
  ]
  const replies: string[] = []
  for (const From of authors) replies.push(`${From} ${coded(await bring({ data: Buffer.from(mail({ From })).toString('latin1') }))}`)
  assert.deepEqual(replies, authors.map((From) => `${From} 550 5.7.26`))
  for (const from of ['bos@rumah.test', '']) assert.equal(coded(await bring({ from, fields: { From: 'bos@rumah.test' } })), '550 5.7.26', `MAIL FROM:<${from}>`)
  assert.match((await bring({ data: `From: orang@polos.test\r\n${mail({ From: 'bos@rumah.test' })}` })).text, /^550 /)
  const endless = `bos@rumah.test,${'\r\n orang@polos.test,'.repeat(5_000)}\r\n a@polos.test`
  assert.equal(coded(await bring({ fields: { From: endless } })), '550 5.7.26')
})

test('a message of a mailing list whose signature is broken is kept, in Junk', async () => {
  const key = internet.keys.get('author.test')
  assert.ok(key)
  const data = `${await signed(mail({ From: 'orang@author.test', 'List-Id': '<warga.milis.test>', Subject: '[warga] Kerja bakti' }), 'author.test', key)}-- \r\nDikirim lewat milis warga\r\n`
  assert.equal(coded(await bring({ client: '192.0.2.30', helo: 'mx.milis.test', from: 'warga-bounces@milis.test', data })), '250 2.0.0')
  assert.equal(await placeOf(house, 'ani', '[warga] Kerja bakti'), 'Junk $Junk')
})

test('a list that is known, and a forwarder that its recipient has named, lose nothing that its author wrote, and the author is told why', async () => {
  const letter = { From: 'orang@lapor.test', 'List-Id': '<warga.paguyuban.test>' }
  assert.equal(coded(await bring({ ...LIST, fields: letter })), '550 5.7.26')
  for (let at = 0; at < KNOWN_LIST_AFTER; at++) assert.equal((await bring({ ...LIST, fields: { ...letter, From: 'warga@paguyuban.test' } })).code, 250)
  const key = listKey({ id: 'warga.paguyuban.test', source: '192.0.2.0/24' })
  await until('the list to be known', async () => ((await seenReader(house.db)(house.organization, [key])).get(key)?.times ?? 0) >= KNOWN_LIST_AFTER, 30_000)
  assert.equal(coded(await bring({ ...LIST, fields: { ...letter, Subject: 'Lewat milis' } })), '250 2.0.0')
  assert.equal(await placeOf(house, 'ani', 'Lewat milis'), 'Junk $Junk')
  assert.equal(coded(await bring({ ...LIST, fields: { ...letter, 'List-Id': '<lain.paguyuban.test>' } })), '550 5.7.26')

  const forwarded = { ...LIST, from: '', fields: { From: 'orang@lapor.test', Subject: 'Terusan alumni' } }
  assert.equal(coded(await bring(forwarded)), '550 5.7.26')
  await house.cli('filter', 'forwarder', 'add', 'net', '192.0.2.70', '--account', 'ani@rumah.test')
  await until('the entry to hold', async () => coded(await bring(forwarded)) === '250 2.0.0', 30_000, 500)
  assert.equal(await placeOf(house, 'ani', 'Terusan alumni'), 'Junk $Junk')
  assert.equal(coded(await bring({ ...forwarded, to: ['budi@rumah.test'] })), '550 5.7.26')
  const day = new Date().toISOString().slice(0, 10)
  const overrides = async (): Promise<readonly string[]> => (await seenRows(house.db, { day, domain: 'lapor.test', limit: 100 })).flatMap(({ facts }) => facts.reasons.map(({ type }) => type)).toSorted()
  await until('the report', async () => (await overrides()).length >= 2, 30_000)
  assert.deepEqual(await overrides(), ['mailing_list', 'trusted_forwarder'])
})

test('a stranger with the name of somebody here, and a stranger who speaks of money, are told as such, once', async () => {
  const rules = async (over: Parameters<typeof bring>[0]): Promise<readonly string[]> => (await house.explain(referenceIn(await bring(over))))[0]?.reasons.map(({ rule }) => rule) ?? []
  const asks = { ...KNOWN, fields: { From: 'Ani Lestari <ani.lestari@polos.test>' }, body: 'Nomor rekening saya 123.\r\n' }
  assert.deepEqual((await rules({ ...asks, to: ['budi@rumah.test'] })).filter((rule) => /^(?:PERSON|FIRST_CONTACT)_/.test(rule)).toSorted(), ['FIRST_CONTACT_MONEY', 'PERSON_NAME'])
  const friend = { ...WELL, to: ['budi@rumah.test'], fields: { From: 'bendahara@far.test' }, body: asks.body }
  assert.ok((await rules(friend)).includes('FIRST_CONTACT_MONEY'))
  assert.ok(!(await rules(friend)).includes('FIRST_CONTACT_MONEY'))
})

test('the test text, programs and programs in archives are refused', async () => {
  assert.equal(coded(await bring({ ...WELL, body: `${GTUBE_TEXT}\r\n` })), '550 5.7.1')
  assert.equal(coded(await bring({ ...WELL, fields: MIXED, body: `${PROGRAM}--b--\r\n` })), '552 5.7.0')
  assert.equal(coded(await bring({ ...WELL, fields: MIXED, body: `${PACKED_PROGRAM}--b--\r\n` })), '552 5.7.0')
})

test('an entry refuses, puts into Junk or lets in, at once, and is named', async () => {
  const deny = async (action: string): Promise<unknown> => await house.cli('filter', 'deny', 'add', 'from', 'musuh@far.test', '--domain', 'rumah.test', '--action', action)
  const enemy = { ...WELL, fields: { From: 'musuh@far.test', Subject: 'Musuh' } }
  await deny('junk')
  const junked = await bring(enemy)
  assert.deepEqual([junked.code, await placeOf(house, 'ani', 'Musuh')], [250, 'Junk $Junk'])
  await house.cli('filter', 'deny', 'remove', 'from', 'musuh@far.test', '--domain', 'rumah.test')
  await deny('reject')
  const refused = await bring(enemy)
  assert.equal(coded(refused), '550 5.7.1')
  const explained = await house.explain(referenceIn(junked), referenceIn(refused))
  assert.deepEqual(explained.map(({ by, verdict, reasons }) => [by, verdict, reasons.find(({ rule }) => rule === 'LISTED_DENY')?.evidence]), [['list', 'junk', 'from musuh@far.test --domain rumah.test'], ['list', 'reject', 'from musuh@far.test --domain rumah.test']])

  await house.cli('filter', 'deny', 'add', 'link', 'jahat.example', '--domain', 'rumah.test')
  const linked = await bring({ ...WELL, body: 'https://www.jahat.example/masuk\r\n' })
  assert.deepEqual([coded(linked), coded(await bring({ ...WELL, body: 'https://baik.example/masuk\r\n' }))], ['550 5.7.1', '250 2.0.0'])

  const bad = { fields: { From: 'Bank BCA <teman@far.test>', 'Reply-To': 'bos@gmail.com', Subject: 'Teman' }, body: 'Mohon transfer: https://tok0pedia.com/login http://192.0.2.7/\r\n' }
  await house.cli('filter', 'allow', 'add', 'from', 'teman@far.test', '--account', 'ani@rumah.test')
  const allowed = await bring({ ...WELL, ...bad })
  const unproven = await bring({ ...bad, client: '198.51.100.5' })
  assert.deepEqual([allowed.code, await placeOf(house, 'ani', 'Teman')], [250, 'INBOX'])
  const [let_in, kept_out] = await house.explain(referenceIn(allowed), referenceIn(unproven))
  assert.ok((let_in?.score ?? 0) >= DEFAULT_THRESHOLDS.junk)
  assert.deepEqual([let_in?.by, kept_out?.verdict], ['list', 'reject'])
  assert.ok(kept_out?.reasons.some(({ rule }) => rule === 'LISTED_BY_NAME_ONLY'))
})

test('one recipient refuses and another takes: the message is taken, and the one who refuses has it in Junk', async () => {
  await house.cli('filter', 'deny', 'add', 'from', 'tamu@far.test', '--account', 'budi@rumah.test')
  const reply = await bring({ ...WELL, to: ['ani@rumah.test', 'budi@rumah.test'], fields: { From: 'tamu@far.test', Subject: 'Tamu' } })
  assert.equal(reply.code, 250)
  assert.deepEqual([await placeOf(house, 'ani', 'Tamu'), await placeOf(house, 'budi', 'Tamu')], ['INBOX', 'Junk $Junk'])
  assert.doesNotMatch(await headerOf(house, 'ani', 'Tamu'), /X-Spam-Flag|LISTED_DENY/) // What others refuse is not her business.
  assert.match(await headerOf(house, 'budi', 'Tamu', 'Junk'), /^X-Spam-Flag: YES$/m)
  assert.equal(coded(await bring({ ...WELL, to: ['budi@rumah.test'], fields: { From: 'tamu@far.test' } })), '550 5.7.1')
})

test('an account has scores of its own', async () => {
  assert.equal((await bring({ ...LIST, to: ['ani@rumah.test', 'dodi@rumah.test'], fields: { From: 'warga@paguyuban.test', Subject: 'Untuk dua orang' } })).code, 250)
  assert.deepEqual([await placeOf(house, 'ani', 'Untuk dua orang'), await placeOf(house, 'dodi', 'Untuk dua orang')], ['INBOX', 'Junk $Junk'])
  assert.match(await headerOf(house, 'dodi', 'Untuk dua orang', 'Junk'), /^X-Spam-Status: Yes, score=[\d.]+ required=0\.5 /m)
})

test('spam for so many recipients that their copies are made later is in Junk all the same', async () => {
  const to = Array.from({ length: MAX_COPIES_AT_ONCE + 1 }, (_, at) => `budi+${at}@rumah.test`)
  assert.equal((await bring({ to, fields: { From: 'orang@karantina.test', Subject: 'Massal' } })).code, 250)
  await until('the copies', async () => (await placeOf(house, 'budi', 'Massal')) !== 'nowhere', 30_000)
  assert.equal(await placeOf(house, 'budi', 'Massal'), 'Junk $Junk')
})

test('what somebody called junk twice is in Junk the third time, and moved out it is not any more', async () => {
  const offer = async (subject: string): Promise<string> => {
    assert.equal((await bring({ ...WELL, to: ['cici@rumah.test'], fields: { From: 'promo@far.test', Subject: subject } })).code, 250)
    return await placeOf(house, 'cici', subject)
  }
  const move = async (subject: string, from: string, to: string): Promise<void> => {
    const uid = (await mailbox(house, 'cici', from)).find((each) => each.subject === subject)?.uid
    using client = await house.imap('cici')
    await client.ok(`SELECT ${from}`)
    await client.ok(`UID MOVE ${uid} ${to}`)
  }
  assert.deepEqual([await offer('Diskon 1'), await offer('Diskon 2')], ['INBOX', 'INBOX'])
  await move('Diskon 1', 'INBOX', 'Junk')
  await move('Diskon 2', 'INBOX', 'Junk')
  await learned(2)
  assert.equal(await offer('Diskon 3'), 'Junk $Junk')
  await move('Diskon 3', 'Junk', 'INBOX')
  await learned(3)
  assert.equal(await offer('Diskon 4'), 'INBOX')
})

test('spam is not forwarded: it is held', async () => {
  const reply = await bring({ to: ['terusan@rumah.test'], fields: { From: 'orang@karantina.test', Subject: 'Terusan' } })
  assert.equal(reply.code, 250)
  const queue = JSON.parse(await house.cli('queue', 'list', '--json')) as readonly { readonly message: string; readonly state: string }[]
  assert.deepEqual(queue.filter(({ message }) => message === referenceIn(reply)).map(({ state }) => state), ['held'])
})

test('mail that is kept for others is checked like ours', async () => {
  const to = ['siapa@cadangan.test']
  assert.equal(coded(await bring({ ...WELL, to, body: `${GTUBE_TEXT}\r\n` })), '550 5.7.1')
  assert.equal(coded(await bring({ ...WELL, to, fields: MIXED, body: `${PROGRAM}--b--\r\n` })), '552 5.7.0')
  assert.equal(coded(await bring({ to, from: 'orang@author.test' })), '550 5.7.26')
  assert.equal(coded(await bring({ to, client: '203.0.113.66', helo: 'x.lain.test' })), '554 5.7.1')
  assert.equal(coded(await bring({ to, client: '203.0.113.72', helo: 'x.lain.test', from: 'orang@jauh.test' })), '451 4.7.1')
  assert.equal((await bring({ ...WELL, to })).code, 250)
})

test('what comes over LMTP has been checked by others', async () => {
  using client = await SmtpClient.open({ port: house.ports.lmtp })
  await client.command('LHLO gerbang.rumah.test')
  const reply = await client.send({ from: 'bos@rumah.test', to: ['ani@rumah.test'], data: mail({ From: 'bos@rumah.test', Subject: 'Lewat LMTP' }, `${GTUBE_TEXT}\r\n`) })
  assert.deepEqual([reply.code, await placeOf(house, 'ani', 'Lewat LMTP')], [250, 'INBOX'])
})

test('a message that is too large to be held gets the same verdicts', async () => {
  const long = part('foto.png', noise(300_000))
  const large = async (over: Over, parts: readonly string[]): Promise<string> => coded(await bring({ ...over, fields: { ...MIXED, ...over.fields }, body: `${parts.join('')}--b--\r\n` }))
  const text = (words: string): string => `--b\r\nContent-Type: text/plain\r\n\r\n${words}\r\n`
  const readme = { 'baca.txt': noise(300_000), 'x/tagihan.exe': noise(50) }
  assert.deepEqual({
    plain: await large(WELL, [text('Halo'), long]),
    gtube: await large(WELL, [text(GTUBE_TEXT), long]),
    programFirst: await large(WELL, [PROGRAM, long]),
    programLast: await large(WELL, [long, PROGRAM]),
    disguisedLast: await large(WELL, [long, part('tagihan.pdf', program())]),
    packedLast: await large(WELL, [long, PACKED_PROGRAM]),
    packedLarge: await large(WELL, [part('tagihan.zip', zipSync(readme, { level: 0 }))]),
    forged: await large({ fields: { From: 'bos@rumah.test' } }, [text('Halo'), long]),
    dmarc: await large({ from: 'orang@author.test' }, [text('Halo'), long]),
    junk: await large({ fields: { From: 'orang@karantina.test', Subject: 'Besar' } }, [text('Halo'), long]),
  }, {
    plain: '250 2.0.0', gtube: '550 5.7.1', programFirst: '552 5.7.0', programLast: '552 5.7.0', disguisedLast: '552 5.7.0', packedLast: '552 5.7.0', packedLarge: '552 5.7.0',
    forged: '550 5.7.26', dmarc: '550 5.7.26', junk: '250 2.0.0',
  })
  assert.equal(await placeOf(house, 'ani', 'Besar'), 'Junk $Junk')
})

/** The first bytes of a program for Windows. */
function program(): Uint8Array {
  const bytes = new Uint8Array(80)
  bytes.set([0x4d, 0x5a])
  bytes[60] = 64
  return bytes
}

/** Resolves when so many judgements of cici's have been learned. */
async function learned(count: number): Promise<void> {
  await until(`${count} marks`, async () => (await house.marks('cici')) >= count, 30_000)
}
