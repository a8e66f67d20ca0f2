import assert from 'node:assert/strict'
import { test } from 'node:test'
import { smtpBackend } from '../../src/app/backend/smtp.ts'
import type { Domain, EmailId, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { systemClock } from '../../src/base/clock.ts'
import { makeId } from '../../src/base/ids.ts'
import { createDomain } from '../../src/core/domain/sql.ts'
import { releaseDue } from '../../src/core/local/release.ts'
import { dueLocally, release } from '../../src/core/local/sql-release.ts'
import { viewBytes } from '../../src/core/mailbox/body.ts'
import { createAccount, DEFAULT_MAILBOXES } from '../../src/core/mailbox/sql-provision.ts'
import { emailBytes, messageRows } from '../../src/core/mailbox/sql-read.ts'
import { createOrganization } from '../../src/core/organization/sql.ts'
import { draftOf } from '../../src/core/send/draft.ts'
import { prepare } from '../../src/core/send/prepare.ts'
import { prepareRaw } from '../../src/core/send/raw.ts'
import type { EmailRequest } from '../../src/core/send/shape.ts'
import { suppress } from '../../src/core/suppression/sql.ts'
import { trackedMessage } from '../../src/core/track/sql.ts'
import { readToken } from '../../src/core/track/token.ts'
import { smtpConfig } from '../../src/proto/smtp/server/config.ts'
import { GatherBudget } from '../../src/proto/smtp/server/gather-budget.ts'
import { serveSmtp } from '../../src/proto/smtp/server/session.ts'
import { shownEvents } from '../support/events.ts'
import { openHouse, PASSWORD, smtpHouse, type TestHouse } from '../support/house.ts'
import { MemoryWire, TEST_TLS } from '../support/memory-wire.ts'
import { NOW_MS, type Person } from '../support/people.ts'

/** Submits a message as ani; gives the last reply. */
async function submit(house: TestHouse, header: string, to: readonly string[] = ['budi@home.example']): Promise<string> {
  const config = smtpConfig({ hostname: 'mx.home.example', gather: new GatherBudget(1024 * 1024), clock: systemClock, onError: (error) => assert.fail(String(error)) })
  const receive = { ...house.receive, house: { ...house.receive.house, trackOrigin: 'https://mail.home.example' } }
  const wire = new MemoryWire({ tls: TEST_TLS })
  const session = serveSmtp(wire, 'submission', smtpBackend(smtpHouse({ ...house, receive })), config, new AbortController().signal)
  wire.say(Buffer.from(`EHLO a.example\r\nAUTH PLAIN ${Buffer.from(`\0ani@home.example\0${PASSWORD}`).toString('base64')}\r\nMAIL FROM:<ani@home.example>\r\n`))
  const bytes = Buffer.from(`From: ani@home.example\r\n${header}\r\nx\r\n`)
  wire.say(Buffer.concat([Buffer.from(`${to.map((each) => `RCPT TO:<${each}>\r\n`).join('')}BDAT ${bytes.length} LAST\r\n`), bytes]))
  wire.hangUp()
  await session
  return (await wire.hear()).trimEnd().split('\r\n').at(-1) ?? ''
}

/** Does what the job does that delivers to mailboxes here. */
async function deliverHere({ db, receive, segments }: TestHouse): Promise<void> {
  const due = (nowMs: number): ReturnType<typeof dueLocally> => dueLocally(db, nowMs)
  await releaseDue({ clock: systemClock, routes: receive.routes, segments, due, release: (args) => db.write(release, args), arrived: () => {} }, new AbortController().signal)
}

async function inbox({ db, segments }: TestHouse, { account, inbox: mailbox }: Pick<Person, 'account' | 'inbox'>): Promise<readonly string[]> {
  const rows = (await Array.fromAsync(messageRows(db, { account, mailbox }, [{ first: 1, last: 0xffff_ffff }], 'structure'))).flat()
  return await Promise.all(rows.map(async ({ email }) => {
    const found = await emailBytes(db, account, email as EmailId)
    assert.ok(found)
    return Buffer.concat(await Array.fromAsync(viewBytes(found, segments))).toString('latin1')
  }))
}

const told = async ({ db }: TestHouse): Promise<readonly string[]> =>
  (await shownEvents(db)).filter(({ type }) => type.startsWith('delivery.')).map(({ type, organization, data }) => `${type} ${(data as { recipient: string }).recipient} ${organization}`)

const refuse = (house: TestHouse, address: string, scope: 'all' | 'broadcast'): Promise<unknown> =>
  house.db.write(suppress, { organization: house.ani.organization, address, scope, category: 'unsubscribe', reason: '', delivery: null, createdMs: NOW_MS, expiresMs: null, lockedMs: null })

test('who has a mailbox here and is not written to gets nothing of what programs submit, and all that people write', async () => {
  await using house = await openHouse()
  const { organization } = house.ani
  await refuse(house, 'budi@home.example', 'broadcast')
  assert.match(await submit(house, 'X-Merpati-Stream: broadcast\r\nSubject: kabar\r\n'), /^250/)
  assert.match(await submit(house, 'X-Merpati-Stream: transactional\r\nSubject: pesanan\r\n'), /^250/)
  await deliverHere(house)
  await refuse(house, 'budi@home.example', 'all')
  assert.match(await submit(house, 'X-Merpati-Stream: transactional\r\nSubject: pesanan lagi\r\n'), /^250/)
  assert.match(await submit(house, 'Subject: surat\r\n'), /^250/)
  await deliverHere(house)
  assert.deepEqual((await inbox(house, house.budi)).map((text) => /^Subject: (.*)\r$/m.exec(text)?.[1]), ['pesanan', 'surat'])
  assert.deepEqual(await told(house), ['suppressed', 'queued', 'delivered', 'suppressed'].map((what) => `delivery.${what} budi@home.example ${organization}`))
})

test('who stops it in time does not get what waits for his mailbox here either', async () => {
  await using house = await openHouse()
  assert.match(await submit(house, 'X-Merpati-Stream: broadcast\r\nSubject: kabar\r\n'), /^250/)
  await refuse(house, 'budi@home.example', 'broadcast')
  await deliverHere(house)
  assert.deepEqual(await inbox(house, house.budi), [])
  assert.deepEqual(await told(house), ['queued', 'suppressed'].map((what) => `delivery.${what} budi@home.example ${house.ani.organization}`))
})

test('who has a mailbox here can stop what a program submits to many, with an address of his own', async () => {
  await using house = await openHouse()
  assert.match(await submit(house, 'X-Merpati-Stream: broadcast\r\nSubject: kabar\r\n', ['cici@far.example', 'budi@home.example']), /^250/)
  await deliverHere(house)
  const [text = ''] = await inbox(house, house.budi)
  const [, stop = ''] = /\r\nList-Unsubscribe: <https:\/\/mail\.home\.example\/t\/u\/([\w-]{44})>,\r\n [^\r]+\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n/.exec(text) ?? []
  const token = readToken(stop, house.receive.house.secret)
  const tracked = await trackedMessage(house.db, token?.message ?? ('' as MessageId))
  assert.deepEqual([tracked?.organization, tracked?.recipients[token?.recipient ?? 9]?.address, tracked?.recipients.length], [house.ani.organization, 'budi@home.example', 2])
  assert.match(text, /^Return-Path: <b-[a-z2-7]{40}@mx\.home\.example>\r\n/)
})

test('what a program submits to many has one way to stop it, which is ours unless its own offers one click', async () => {
  await using house = await openHouse()
  const mailto = 'List-Unsubscribe: <mailto:stop@home.example>\r\n'
  const url = 'List-Unsubscribe: <https://home.example/stop>\r\n'
  const post = 'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n'
  for (const fields of [mailto, post, url, `${url}${post}`]) assert.match(await submit(house, `${fields}X-Merpati-Stream: broadcast\r\nSubject: kabar\r\n`), /^250/)
  await deliverHere(house)
  const found = (await inbox(house, house.budi)).map((text) => [...text.matchAll(/^List-Unsubscribe[^:]*: <?((?:https:\/\/[^/]+\/)?\w+)/gm)].map(([, said]) => said))
  const ours = ['https://mail.home.example/t', 'List']
  assert.deepEqual(found, [ours, ours, ours, ['https://home.example/stop', 'List']])
})

test('a field that may stand once and stands twice is refused by its name in mail of programs, and left to receivers in that of people', async () => {
  await using house = await openHouse()
  const sender = { organization: house.ani.organization, key: 'k1', mode: 'live', domains: null, streams: null } as const
  const raw = async (fields: string): Promise<unknown> => {
    const made = await prepareRaw({ ...house.receive, check: null, trackOrigin: 'https://mail.home.example' }, sender, Buffer.from(`From: ani@home.example\r\nTo: cici@far.example\r\n${fields}\r\nx\r\n`), NOW_MS)
    return made.ok ? null : made.error.map(({ field, code }) => `${field} ${code}`).join()
  }
  for (const field of ['Subject', 'Message-ID', 'Reply-To', 'List-Unsubscribe', 'List-ID', 'Feedback-ID', 'MIME-Version', 'References', 'Sender']) {
    const fields = `${field}: <ani@home.example>\r\n${field.toLowerCase()} : <ani@home.example>\r\n`
    assert.match(await submit(house, `X-Merpati-Stream: transactional\r\n${fields}`), new RegExp(`^550 5\\.6\\.0 ${field} stands twice`))
    assert.match(await submit(house, fields), /^250/)
    assert.equal(await raw(fields), `${field} duplicate_header`)
  }
  const mended = 'Date: soon\r\nDate: Fri, 2 Jan 2026 03:04:05 +0700\r\nMessage-ID: <no-at>\r\nMessage-ID: <1@home.example>\r\nReceived: a\r\nReceived: b\r\n'
  assert.match(await submit(house, `X-Merpati-Stream: transactional\r\n${mended}`), /^250/)
  assert.equal(await raw(mended), null)
})

test('nobody sends mail whose complaints would be counted as this house’s, and only a tag named campaign names what they are counted under', async () => {
  await using house = await openHouse()
  const options = { ...house.receive, check: null, trackOrigin: 'https://mail.home.example' }
  const sender = { organization: house.ani.organization, key: 'k1', mode: 'live', domains: null, streams: null } as const
  const send = async (over: Pick<EmailRequest, 'tags' | 'headers'>) => {
    const draft = draftOf({ from: 'ani@home.example', to: 'cici@far.example', subject: 'x', text: 'x', ...over }, NOW_MS)
    assert.ok(draft.ok)
    return await prepare(options, sender, draft.value, NOW_MS)
  }
  const ours = async (tags: EmailRequest['tags']): Promise<readonly string[]> => {
    const made = await send({ tags })
    assert.ok(made.ok)
    return /\r\nFeedback-ID: ([^:\r]*):([^:\r]*):([^:\r]*):(\w+)\r\n/.exec(made.value.deliveries[0]?.view.prefix ?? '')?.slice(1) ?? []
  }
  const [campaign, customer, stream, word = ''] = await ours([{ name: 'customer', value: 'cici' }, { name: 'campaign', value: 'lebaran' }])
  assert.deepEqual([campaign, customer, stream], ['lebaran', house.ani.organization, 'transactional'])
  assert.equal((await ours([{ name: 'customer', value: 'cici' }]))[0], '')
  const posing = `a:b:c:${word}`
  const refused = await send({ headers: { 'feedback-id': posing } })
  assert.ok(!refused.ok && refused.error[0]?.field === 'headers.feedback-id')
  const raw = await prepareRaw(options, sender, Buffer.from(`From: ani@home.example\r\nTo: cici@far.example\r\nFeedback-ID: ${posing}\r\n\r\nx\r\n`), NOW_MS)
  assert.ok(!raw.ok && raw.error[0]?.field === 'Feedback-ID')
  for (const header of ['X-Merpati-Stream: broadcast\r\n', '']) assert.match(await submit(house, `${header}Feedback-ID: ${posing}\r\n`), /^550 5\.7\.1 Feedback-ID/)
})

test('what a program submits for a mailbox of another organization is its own: asked of its list, and told to it', async () => {
  await using house = await openHouse()
  const [organization, account] = [makeId('o', NOW_MS) as OrganizationId, makeId('a', NOW_MS) as Person['account']]
  const boxes = DEFAULT_MAILBOXES.map(() => makeId('b', NOW_MS) as Person['inbox'])
  const [mailbox] = boxes
  assert.ok(mailbox)
  await house.db.write(createOrganization, { id: organization, name: 'Toko', locale: 'en', nowMs: NOW_MS })
  await house.db.write(createDomain, { id: makeId('d', NOW_MS), name: 'toko.example' as Domain, organization, subaddress: '+', aliasOf: null, nowMs: NOW_MS })
  await house.db.write(createAccount, { account: { id: account, organization, login: 'dodi@toko.example', name: 'dodi', role: 'member', locale: 'en', quotaBytes: null, inbox: mailbox, nowMs: NOW_MS }, address: { domain: 'toko.example' as Domain, local: 'dodi' }, mailboxes: boxes })
  const news = (): Promise<string> => submit(house, 'X-Merpati-Stream: broadcast\r\nSubject: kabar\r\n', ['dodi@toko.example'])
  assert.match(await news(), /^250/)
  await deliverHere(house)
  await refuse(house, 'dodi@toko.example', 'broadcast')
  assert.match(await news(), /^250/)
  assert.equal((await inbox(house, { account, inbox: mailbox })).length, 1)
  assert.deepEqual(await told(house), ['queued', 'delivered', 'suppressed'].map((what) => `delivery.${what} dodi@toko.example ${house.ani.organization}`))
})
