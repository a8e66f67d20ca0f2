import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EmailId } from '../../src/base/brand.ts'
import { smtpBackend } from '../../src/app/backend/smtp.ts'
import { systemClock } from '../../src/base/clock.ts'
import { noteLook } from '../../src/core/domain/proof/sql-look.ts'
import { addAddress } from '../../src/core/route/sql.ts'
import { dueLocally, release } from '../../src/core/local/sql-release.ts'
import { releaseDue } from '../../src/core/local/release.ts'
import { viewBytes } from '../../src/core/mailbox/body.ts'
import { emailBytes, messageRows } from '../../src/core/mailbox/sql-read.ts'
import { recount } from '../../src/core/mailbox/sql-verify.ts'
import { deliveriesAfter } from '../../src/core/queue/sql.ts'
import { decodeIndex } from '../../src/proto/mail/index-code.ts'
import type { Domain } from '../../src/base/brand.ts'
import type { Flavour } from '../../src/proto/smtp/server/backend.ts'
import { smtpConfig } from '../../src/proto/smtp/server/config.ts'
import { GatherBudget } from '../../src/proto/smtp/server/gather-budget.ts'
import { serveSmtp } from '../../src/proto/smtp/server/session.ts'
import { playDialog } from '../support/dialog.ts'
import { shownEvents } from '../support/events.ts'
import { openHouse, PASSWORD, smtpHouse, type TestHouse } from '../support/house.ts'
import { MemoryWire, TEST_TLS } from '../support/memory-wire.ts'
import { NOW_MS, type Person } from '../support/people.ts'

const EVERY = [{ first: 1, last: 0xffff_ffff }]

/** Plays a dialog against the real house; a failing dialog hangs up too. */
async function talk(house: TestHouse, flavour: Flavour, dialog: string, gatherBytes = 1024 * 1024): Promise<void> {
  const backend = () =>
    smtpBackend(smtpHouse(house))
  const errors: unknown[] = []
  const config = smtpConfig({
    hostname: 'mx.home.example',
    gather: new GatherBudget(gatherBytes),
    clock: systemClock,
    maxMessageBytes: 3_000_000,
    maxHoldSeconds: 3600,
    onError: (error) => errors.push(error),
  })
  const wire = new MemoryWire({ tls: flavour === 'submission' ? TEST_TLS : null })
  const session = serveSmtp(wire, flavour, backend(), config, new AbortController().signal)
  try {
    await playDialog(dialog, () => wire)
  } finally {
    wire.hangUp()
    await session
  }
  assert.deepEqual(errors, [])
}

/** What each message in the inbox looks like to a client, oldest first; its index must fit it. */
async function inbox(house: TestHouse, person: Person): Promise<readonly string[]> {
  const rows = (await Array.fromAsync(messageRows(house.db, { account: person.account, mailbox: person.inbox }, EVERY, 'structure'))).flat()
  const texts: string[] = []
  for (const row of rows) {
    const found = await emailBytes(house.db, person.account, row.email as EmailId)
    assert.ok(found)
    const bytes = Buffer.concat(await Array.fromAsync(viewBytes(found, house.segments)))
    const index = decodeIndex(row.structure ?? '')
    assert.deepEqual([bytes.length, index.size, row.size], [row.size, row.size, row.size])
    assert.equal(bytes.subarray(index.root.bodyStart - 4, index.root.bodyStart).toString(), '\r\n\r\n')
    texts.push(bytes.toString())
  }
  return texts
}

const auth = `C: AUTH PLAIN ${Buffer.from(`\0ani@home.example\0${PASSWORD}`).toString('base64')}\nS~ 235\n`

test('a message from outside gets its trace in front and loses a foreign Return-Path', async () => {
  await using house = await openHouse()
  await talk(
    house,
    'mx',
    `S~ 220
C: EHLO out.far.example
S* 250 
C: MAIL FROM:<out@far.example>
C: RCPT TO:<Ani+news@Home.Example>
S~ 250
S~ 250
C: DATA
S~ 354
C: Return-Path: <liar@far.example>
C: From: out@far.example
C: Authentication-Results: mx.home.example; spf=pass
C: Subject: Halo
C:
C: Apa kabar?
C: .
S~ 250 2.0.0 Ok: m
C: QUIT
S~ 221`,
  )
  const [text = ''] = await inbox(house, house.ani)
  assert.match(
    text,
    /^Return-Path: <out@far\.example>\r\nDelivered-To: Ani\+news@home\.example\r\nReceived: from out\.far\.example \(\[127\.0\.0\.9\]\)\s+by mx\.home\.example\s+with ESMTP\s+id m\S+\s+for <Ani\+news@home\.example>;\s/,
  )
  assert.ok(text.endsWith('From: out@far.example\r\nSubject: Halo\r\n\r\nApa kabar?\r\n'))
  assert.deepEqual(house.arrivals, [house.ani.account])
  assert.deepEqual(await recount(house.db), [])
})

test('unknown, remote and full recipients are refused in the session, postmaster never', async () => {
  await using house = await openHouse({ budiBytes: 0 })
  await talk(
    house,
    'mx',
    `S~ 220
C: EHLO out.far.example
S* 250 
C: MAIL FROM:<>
S~ 250
C: RCPT TO:<nobody@home.example>
S~ 550 5.1.1
C: RCPT TO:<x@elsewhere.example>
S~ 550 5.7.1
C: RCPT TO:<budi@home.example>
S~ 452 4.2.2
C: RCPT TO:<postmaster>
S~ 250
C: RCPT TO:<abuse@home.example>
S~ 250`,
  )
})

test('LMTP tells each recipient its own fate', async () => {
  await using house = await openHouse({ budiBytes: 300 })
  await talk(
    house,
    'lmtp',
    `S~ 220
C: LHLO relay.home.example
S* 250 
C: MAIL FROM:<out@far.example>
C: RCPT TO:<ani@home.example>
C: RCPT TO:<budi@home.example>
C: DATA
S~ 250
S~ 250
S~ 250
S~ 354
C: Subject: ${'long '.repeat(30)}
C:
C: ${'x'.repeat(200)}
C: .
S~ 250
S~ 452 4.2.2`,
  )
  assert.equal((await inbox(house, house.ani)).length, 1)
  assert.equal((await inbox(house, house.budi)).length, 0)
  assert.deepEqual(await recount(house.db), [])
})

test('a message that turns out to be larger than its room is written down with the reply that its client heard', async () => {
  await using house = await openHouse({ budiBytes: 300 })
  const dialog = `S~ 220
C: EHLO out.far.example
S* 250 
C: MAIL FROM:<out@far.example>
S~ 250
C: RCPT TO:<budi@home.example>
S~ 250
C: DATA
S~ 354
C: Subject: ${'long '.repeat(30)}
C:
C: ${'x'.repeat(200)}
C: .
S~ 452 4.2.2`
  await talk(house, 'mx', dialog)
  const [told] = (await shownEvents(house.db)).filter(({ type }) => type === 'mail.refused')
  assert.equal((told?.data as { readonly reply?: unknown } | undefined)?.reply, '452 4.2.2 The mailbox is full')
})

test('a submission is mended, hides its client and its Bcc, and reaches inside and outside', async () => {
  await using house = await openHouse()
  await talk(
    house,
    'submission',
    `S~ 220
C: EHLO laptop.private.example
S* 250 
${auth}C: MAIL FROM:<ani@home.example>
S~ 250
C: RCPT TO:<budi@home.example>
S~ 250
C: RCPT TO:<friend@far.example>
S~ 250
C: DATA
S~ 354
C: From: Ani <ani@home.example>
C: Bcc: secret@far.example
C: Subject: Rapat
C:
C: Besok.
C: .
S~ 250`,
  )
  const [text = ''] = await inbox(house, house.budi)
  assert.match(text, /\r\nDate: [^\r]+\r\nMessage-ID: <m[^>]+@mx\.home\.example>\r\nFrom: Ani/)
  assert.doesNotMatch(text, /secret@|private\.example|127\.0\.0\.9|friend@/)
  const [waiting] = await deliveriesAfter(house.db, '')
  assert.deepEqual([waiting?.recipient, waiting?.state, waiting?.sender], ['friend@far.example', 'captured', 'ani@home.example'])
  assert.deepEqual(await recount(house.db), [])
})

test('a program’s submission has a return path at its author’s domain where that takes bounces, and what comes back there is read', async () => {
  await using house = await openHouse()
  await house.db.write(noteLook, { name: 'home.example' as Domain, organization: house.ani.organization, failed: [], unknown: [], ownReturns: true, nowMs: NOW_MS })
  const submit = (from: string): string => `C: MAIL FROM:<ani@home.example>
S~ 250
C: RCPT TO:<friend@far.example>
S~ 250
C: DATA
S~ 354
C: From: ${from}
C: X-Merpati-Stream: transactional
C: Subject: Pesanan
C:
C: Terima kasih.
C: .
S~ 250
`
  await talk(house, 'submission', `S~ 220
C: EHLO toko
S* 250 
${auth}${submit('ani@home.example')}`)
  const [{ sender = '' } = {}] = await deliveriesAfter(house.db, '')
  assert.match(sender, /^b-[a-z2-7]{40}@home\.example$/)
  await talk(house, 'mx', `S~ 220
C: EHLO far.example
S* 250 
C: MAIL FROM:<>
S~ 250
C: RCPT TO:<${sender}>
S~ 250
C: DATA
S~ 354
C: From: MAILER-DAEMON@far.example
C: Subject: Undelivered
C:
C: 550 5.1.1 no such user
C: .
S~ 250`)
  assert.ok((await shownEvents(house.db)).some(({ type }) => /^delivery\.(?:bounced|reported|answered)$/.test(type)), 'it was read as a report')
})

test('an account may not send as somebody else, in the envelope or in From', async () => {
  await using house = await openHouse()
  await talk(
    house,
    'submission',
    `S~ 220
C: EHLO laptop
S* 250 
${auth}C: MAIL FROM:<budi@home.example>
S~ 550 5.7.1
C: MAIL FROM:<ani+x@home.example>
S~ 250
C: RCPT TO:<budi@home.example>
S~ 250
C: DATA
S~ 354
C: From: budi@home.example
C:
C: .
S~ 550 5.7.1 ani@home.example may not send as budi@home.example`,
  )
  assert.deepEqual(await inbox(house, house.budi), [])
})

test('a held submission arrives when its time has come, and once', async () => {
  await using house = await openHouse()
  await talk(
    house,
    'submission',
    `S~ 220
C: EHLO laptop
S* 250 
${auth}C: MAIL FROM:<ani@home.example> HOLDFOR=60
S~ 250
C: RCPT TO:<budi@home.example>
S~ 250
C: DATA
S~ 354
C: From: ani@home.example
C: Subject: Nanti
C:
C: x
C: .
S~ 250`,
  )
  const at = async (aheadMs: number): Promise<number> =>
    await releaseDue(
      {
        clock: { nowMs: () => Date.now() + aheadMs },
        routes: house.receive.routes,
        segments: house.segments,
        due: (nowMs) => dueLocally(house.db, nowMs),
        release: (args) => house.db.write(release, args),
        arrived: () => {},
      },
      new AbortController().signal,
    )
  assert.equal(await at(0), 0)
  assert.deepEqual(await inbox(house, house.budi), [])
  assert.equal(await at(61_000), 1)
  assert.equal(await at(61_000), 0)
  const [text = ''] = await inbox(house, house.budi)
  assert.match(text, /^Return-Path: <ani@home\.example>\r\nDelivered-To: budi@home\.example\r\nReceived: by mx/)
  assert.deepEqual(await recount(house.db), [])
})

test('large messages go to a segment, whole or streamed, and read back the same', async () => {
  await using house = await openHouse()
  const line = 'abcdefghij'.repeat(7)
  const send = (lines: number): string => `S~ 220
C: EHLO out.far.example
S* 250 
C: MAIL FROM:<out@far.example>
C: RCPT TO:<ani@home.example>
S~ 250
S~ 250
C: DATA
S~ 354
C! ${JSON.stringify(`From: out@far.example\r\nSubject: big\r\n\r\n${`${line}\r\n`.repeat(lines)}.\r\n`)}
S~ 250`
  await talk(house, 'mx', send(1_000))
  await talk(house, 'mx', send(10_000))
  await talk(house, 'mx', send(600), 0)
  const texts = await inbox(house, house.ani)
  assert.deepEqual(texts.map((text) => text.split(line).length - 1), [1_000, 10_000, 600])
  assert.deepEqual(await recount(house.db), [])
})

test('a loop is stopped at 50 Received fields, a message too large in mid-stream, and nothing of either stays', async () => {
  await using house = await openHouse()
  const opening = `S~ 220
C: EHLO out.far.example
S* 250 
C: MAIL FROM:<out@far.example>
C: RCPT TO:<ani@home.example>
S~ 250
S~ 250
C: DATA
S~ 354
`
  await talk(house, 'mx', `${opening}C! ${JSON.stringify(`${'Received: x\r\n'.repeat(50)}\r\n.\r\n`)}\nS~ 554 5.4.6`)
  await talk(house, 'mx', `${opening}C! ${JSON.stringify(`\r\n${`${'x'.repeat(900)}\r\n`.repeat(4_000)}.\r\n`)}\nS~ 552 5.3.4`)
  assert.deepEqual(await inbox(house, house.ani), [])
})

test('an alias reaches all its accounts with one stored message', async () => {
  await using house = await openHouse()
  const targets = ['ani@home.example', 'budi@home.example']
  await house.db.write(addAddress, { domain: 'home.example' as Domain, local: 'team', organization: house.ani.organization, account: null, targets, nowMs: NOW_MS })
  await talk(
    house,
    'mx',
    `S~ 220
C: HELO out.far.example
S~ 250
C: MAIL FROM:<out@far.example>
S~ 250
C: RCPT TO:<team@home.example>
S~ 250
C: DATA
S~ 354
C: Subject: all
C:
C: x
C: .
S~ 250`,
  )
  assert.equal((await inbox(house, house.ani)).length, 1)
  assert.match((await inbox(house, house.budi))[0] ?? '', /Delivered-To: team@home\.example\r\n/)
  assert.deepEqual(await recount(house.db), [])
})
