import assert from 'node:assert/strict'
import { test } from 'node:test'
import { smtpBackend } from '../../src/app/backend/smtp.ts'
import type { Domain, EmailId } from '../../src/base/brand.ts'
import { systemClock } from '../../src/base/clock.ts'
import { viewBytes } from '../../src/core/mailbox/body.ts'
import { emailBytes, messageRows } from '../../src/core/mailbox/sql-read.ts'
import { addAddress } from '../../src/core/route/sql.ts'
import { recount } from '../../src/core/mailbox/sql-verify.ts'
import { decodeIndex } from '../../src/proto/mail/index-code.ts'
import type { Flavour } from '../../src/proto/smtp/server/backend.ts'
import { smtpConfig } from '../../src/proto/smtp/server/config.ts'
import { GatherBudget } from '../../src/proto/smtp/server/gather-budget.ts'
import { serveSmtp } from '../../src/proto/smtp/server/session.ts'
import { openHouse, PASSWORD, smtpHouse, type TestHouse } from '../support/house.ts'
import { MemoryWire, TEST_TLS } from '../support/memory-wire.ts'
import { NOW_MS, type Person } from '../support/people.ts'

/** Messages gathered whole, and messages streamed. */
const HOW = { whole: 1024 * 1024, streamed: 0 } as const

interface Sending {
  readonly how?: keyof typeof HOW
  readonly body?: string
  readonly to?: string
}

/** The codes that follow the message when it goes to several. */
async function converse(house: TestHouse, flavour: Flavour, to: readonly string[]): Promise<readonly string[]> {
  const heard = await hear(house, flavour, 'Subject: x\r\n\r\nx\r\n', { to: to.join('>\r\nRCPT TO:<') })
  return heard.slice(-(flavour === 'lmtp' ? to.length : 1)).map((line) => line.slice(0, 3))
}

/** Sends `content`; gives the last reply. */
async function send(house: TestHouse, flavour: Flavour, content: string, sending: Sending = {}): Promise<string> {
  return (await hear(house, flavour, content, sending)).at(-1) ?? ''
}

/** Sends `content`, to budi unless told otherwise, as ani when it is a submission, in one BDAT chunk; gives all lines that were heard. */
async function hear(house: TestHouse, flavour: Flavour, content: string, { how = 'whole', body = '8BITMIME', to = 'budi@home.example' }: Sending): Promise<readonly string[]> {
  const config = smtpConfig({
    hostname: 'mx.home.example',
    gather: new GatherBudget(HOW[how]),
    clock: systemClock,
    onError: (error) => assert.fail(String(error)),
  })
  const backend = smtpBackend(smtpHouse(house))
  const wire = new MemoryWire({ tls: flavour === 'submission' ? TEST_TLS : null })
  const session = serveSmtp(wire, flavour, backend, config, new AbortController().signal)
  const login = `AUTH PLAIN ${Buffer.from(`\0ani@home.example\0${PASSWORD}`).toString('base64')}\r\n`
  const hello = `${flavour === 'lmtp' ? 'LHLO' : 'EHLO'} a.example\r\n`
  wire.say(Buffer.from(`${hello}${flavour === 'submission' ? login : ''}MAIL FROM:<ani@home.example> BODY=${body}\r\nRCPT TO:<${to}>\r\n`))
  const bytes = Buffer.from(content, 'latin1')
  wire.say(Buffer.concat([Buffer.from(`BDAT ${bytes.length} LAST\r\n`), bytes]))
  wire.hangUp()
  await session
  return (await wire.hear()).trimEnd().split('\r\n')
}

/** What each message in the inbox looks like to a client, oldest first; its index must fit it. */
async function inbox(house: TestHouse, person: Person): Promise<readonly string[]> {
  const every = [{ first: 1, last: 0xffff_ffff }]
  const rows = (await Array.fromAsync(messageRows(house.db, { account: person.account, mailbox: person.inbox }, every, 'structure'))).flat()
  const texts: string[] = []
  for (const row of rows) {
    const found = await emailBytes(house.db, person.account, row.email as EmailId)
    assert.ok(found)
    const bytes = Buffer.concat(await Array.fromAsync(viewBytes(found, house.segments)))
    const index = decodeIndex(row.structure ?? '')
    assert.deepEqual([bytes.length, index.size], [row.size, row.size])
    assert.equal(bytes.subarray(index.root.bodyStart - 4, index.root.bodyStart).toString(), '\r\n\r\n')
    texts.push(bytes.toString('latin1'))
  }
  return texts
}

for (const how of ['whole', 'streamed'] as const) {
  test(`no account writes under another's name, however From and Sender put it, ${how}`, async () => {
    await using house = await openHouse()
    const refused = [
      'From: boss@bank.example',
      'From: budi@home.example',
      'From: Ani <ani@home.example>, Boss <boss@bank.example>',
      'From: "boss@bank.example"',
      'From: boss@bank.example:;',
      'From: ani@home.example, "boss@bank.example"',
      'From: <ani@home.example> <boss@bank.example>',
      'From: boss@bank.example <ani@home.example>',
      'From: =?utf-8?q?boss=40bank.example?=',
      'From: Boss',
      'From:',
      'From : boss@bank.example',
      'FROM:\r\n boss@bank.example',
      'From: ani@home.example\r\nSender: boss@bank.example',
      'From: ani@home.example\r\nSender: "boss@bank.example',
      'From: ani@home.example\r\nfrom : boss@bank.example',
      'From: ani@home.example\r\nFrom: boss@bank.example',
      `From: ani@home.example,${'\r\n '.padEnd(900)}x${`\r\n${' '.repeat(900)}`.repeat(80)},\r\n boss@bank.example`,
      `From: ani@home.example\r\nX: y${`\r\n ${'x'.repeat(900)}`.repeat(300)}\r\nFrom: boss@bank.example`,
      `${` ${'x'.repeat(900)}\r\n`.repeat(300)}From: boss@bank.example`,
    ]
    for (const header of refused) {
      assert.match(await send(house, 'submission', `${header}\r\nSubject: x\r\n\r\nx\r\n`, { how }), /^55\d 5\./, header.slice(0, 100))
    }
    assert.deepEqual(await inbox(house, house.budi), [])
    const taken = [
      'From: Ani <ani@home.example>',
      'From: ani@home.example <Ani@Home.Example>',
      'From: Citra, Ani <ani+work@home.example>\r\nSender: ani@home.example',
      'Subject: no author',
    ]
    for (const header of taken) assert.match(await send(house, 'submission', `${header}\r\n\r\nx\r\n`, { how }), /^250 2\.0\.0/, header)
    const texts = await inbox(house, house.budi)
    assert.equal(texts.length, taken.length)
    assert.match(texts[3] ?? '', /\r\nFrom: <ani@home\.example>\r\nDate: [^\r]+\r\nMessage-ID: <[^\r]+>\r\nSubject: no author\r\n\r\nx\r\n$/)
  })

  test(`a submission loses every kind of Bcc, folds and all, ${how}`, async () => {
    await using house = await openHouse()
    const header = 'From: ani@home.example\r\nBCC :\r\n a@secret.example,\r\n\tb@secret.example\r\nResent-Bcc: c@secret.example\r\nSubject: x\r\nBcc: d@secret.example\r\n'
    assert.match(await send(house, 'submission', `${header}\r\nBcc: in the body\r\n`, { how }), /^250/)
    const [text = ''] = await inbox(house, house.budi)
    assert.doesNotMatch(text, /secret\.example/)
    assert.match(text, /\r\nFrom: ani@home\.example\r\nSubject: x\r\n\r\nBcc: in the body\r\n$/)
  })

  test(`a Date that is none and a Message-ID that is none give way to ours, ${how}`, async () => {
    await using house = await openHouse()
    for (const id of ['', '<no-at>']) assert.match(await send(house, 'submission', `From: ani@home.example\r\nDate: soon\r\nMessage-ID: ${id}\r\nSubject: x\r\n\r\nbody\r\n`, { how }), /^250/)
    const good = 'Message-ID: <1@home.example>\r\nDate: Fri, 2 Jan 2026 03:04:05 +0700\r\nFrom: ani@home.example\r\n'
    assert.match(await send(house, 'submission', `${good}\r\nbody\r\n`, { how }), /^250/)
    const [mended = '', other = '', kept = ''] = await inbox(house, house.budi)
    for (const text of [mended, other]) assert.match(text, /\r\nDate: [^\r]+ 20\d\d [^\r]+\r\nMessage-ID: <m[^>]+@mx\.home\.example>\r\nFrom: ani@home\.example\r\nSubject: x\r\n\r\nbody\r\n$/)
    assert.doesNotMatch(mended + other, /soon|no-at/)
    assert.ok(kept.endsWith(`\r\n${good}\r\nbody\r\n`))
    assert.equal(kept.match(/^(?:Date|Message-ID):/gim)?.length, 2)
  })

  for (const flavour of ['mx', 'submission'] as const) {
    test(`a message that begins with a folded line adds nothing to our fields, ${flavour}, ${how}`, async () => {
      await using house = await openHouse()
      const start = ' by liar.example; spf=pass\r\n\tdkim=pass\r\n'
      assert.match(await send(house, flavour, `${start}From: ani@home.example\r\nSubject: x\r\n\r\nbody\r\n`, { how }), /^250/)
      assert.match(await send(house, flavour, `${start}\r\nonly a body\r\n`, { how }), /^250/)
      const [text = '', bare = ''] = await inbox(house, house.budi)
      assert.doesNotMatch(text + bare, /by liar\.example|dkim=pass/)
      assert.match(text, /\r\nFrom: ani@home\.example\r\nSubject: x\r\n\r\nbody\r\n$/)
      assert.match(bare, /[^\r\n]\r\n\r\nonly a body\r\n$/)
      assert.deepEqual(await recount(house.db), [])
    })

    test(`NUL, and in BINARYMIME bare line ends, are refused in the header and kept in the body, ${flavour}, ${how}`, async () => {
      await using house = await openHouse()
      const binary = { how, body: 'BINARYMIME' } as const
      for (const header of ['Subject: a\rFrom: boss@bank.example', 'Subject: a\nFrom: ani@home.example', 'Subject: a\0b']) {
        assert.match(await send(house, flavour, `From: ani@home.example\r\n${header}\r\n\r\nx\r\n`, binary), /^550 5\.6\.0/, JSON.stringify(header))
      }
      assert.match(await send(house, flavour, 'From: ani@home.example\r\n\r\na\rb\nc\0d', binary), /^250/)
      assert.ok((await inbox(house, house.budi))[0]?.endsWith('\r\n\r\na\rb\nc\0d'))
    })
  }
}

test('mail to postmaster and abuse is taken to the end, though their mailbox is full', async () => {
  await using house = await openHouse({ budiBytes: 0 })
  const { organization, account } = house.budi
  for (const local of ['postmaster', 'abuse']) {
    await house.db.write(addAddress, { domain: 'home.example' as Domain, local, organization, account, targets: [], nowMs: NOW_MS })
  }
  for (const flavour of ['mx', 'lmtp'] as const) {
    assert.match(await send(house, flavour, 'Subject: full\r\n\r\nx\r\n'), /^5\d\d |^452 4\.2\.2/)
    for (const to of ['Abuse@home.example', 'postmaster@home.example', 'postmaster']) {
      assert.match(await send(house, flavour, 'Subject: heard\r\n\r\nx\r\n', { to }), /^250 2\.0\.0/, `${flavour} ${to}`)
    }
  }
})

test('a recipient who is named twice gets one copy, and LMTP one answer each time', async () => {
  await using house = await openHouse({ budiBytes: 0 })
  const replies = await converse(house, 'lmtp', ['ani@home.example', 'Ani@Home.Example', 'ani+x@home.example', 'abuse@home.example', 'ani@home.example'])
  assert.deepEqual(replies, ['250', '250', '250', '250', '250'])
  const to = (await inbox(house, house.ani)).map((text) => /^Delivered-To: (.*?)\r$/m.exec(text)?.[1])
  assert.deepEqual(to.toSorted(), ['abuse@home.example', 'ani+x@home.example', 'ani@home.example'])
  assert.deepEqual(await converse(house, 'mx', ['ani@home.example', 'ani@home.example']), ['250'])
  assert.equal((await inbox(house, house.ani)).length, 4)
})
