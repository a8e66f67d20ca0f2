import assert from 'node:assert/strict'
import { test } from 'node:test'
import { smtpBackend } from '../../src/app/backend/smtp.ts'
import type { Domain } from '../../src/base/brand.ts'
import { systemClock } from '../../src/base/clock.ts'
import { makeId } from '../../src/base/ids.ts'
import { addAppPassword, removeCredential } from '../../src/core/access/sql-credential.ts'
import { smtpCredentialById, smtpCredentialsAfter } from '../../src/core/access/sql-smtp-credential.ts'
import { createDomain } from '../../src/core/domain/sql.ts'
import { putStream } from '../../src/core/organization/stream/sql.ts'
import { deliveriesAfter } from '../../src/core/queue/sql.ts'
import { smtpConfig } from '../../src/proto/smtp/server/config.ts'
import { GatherBudget } from '../../src/proto/smtp/server/gather-budget.ts'
import { serveSmtp } from '../../src/proto/smtp/server/session.ts'
import { playDialog } from '../support/dialog.ts'
import { openHouse, smtpHouse, type TestHouse } from '../support/house.ts'
import { MemoryWire, TEST_TLS } from '../support/memory-wire.ts'

async function submit(house: TestHouse, dialog: string): Promise<void> {
  const wire = new MemoryWire({ tls: TEST_TLS })
  const config = smtpConfig({ hostname: 'mx.home.example', gather: new GatherBudget(1024 * 1024), clock: systemClock, maxMessageBytes: 100_000, maxHoldSeconds: null, onError: (error) => assert.fail(String(error)) })
  const session = serveSmtp(wire, 'submission', smtpBackend(smtpHouse(house)), config, new AbortController().signal)
  try {
    await playDialog(dialog, () => wire)
  } finally {
    wire.hangUp()
    await session
  }
}

const login = (password: string, answer: string): string => `S~ 220\nC: EHLO client.example\nS* 250 \nC: AUTH PLAIN ${Buffer.from(`\0ani@home.example\0${password}`).toString('base64')}\n${answer}\n`

const message = (from: string, stream: string, answer: string): string =>
  `C: MAIL FROM:<toko@home.example>\nS~ 250\nC: RCPT TO:<budi@home.example>\nS~ 250\nC: DATA\nS~ 354\nC: From: ${from}\nC: To: budi@home.example\n${stream === '' ? '' : `C: X-Merpati-Stream: ${stream}\n`}C:\nC: Halo\nC: .\n${answer}\n`

test('a program submits as any author of its domains in its streams, as nobody else, and reads no mail', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  const nowMs = Date.now()
  await db.write(createDomain, { id: makeId('d', nowMs), name: 'toko.example' as Domain, organization: ani.organization, subaddress: '+', aliasOf: null, nowMs })
  const made = await addAppPassword(db, { account: ani.account, name: 'Toko', nowMs, expiresMs: null, protocols: ['submission'], submission: { domains: ['home.example'], streams: ['transactional'] } })
  assert.ok(made.kind === 'added')
  await submit(house, [
    login(made.password, 'S~ 235'),
    'C: MAIL FROM:<toko@toko.example>\nS~ 550 5.7.1\nC: MAIL FROM:<x@far.example>\nS~ 550 5.7.1\n',
    message('toko@home.example', 'transactional', 'S~ 250'),
    message('Toko <toko@toko.example>', 'transactional', 'S~ 550 5.7.1'),
    message('toko@home.example', 'broadcast', 'S~ 550 5.7.1 This credential sends in transactional only'),
    message('toko@home.example', '', 'S~ 550 5.7.1 This credential sends in transactional only'),
    'C: QUIT\nS~ 221\n',
  ].join(''))
  assert.deepEqual((await deliveriesAfter(db, '')).map(({ recipient }) => recipient), ['budi@home.example'])
  const imap = await house.access.authority({ address: '127.0.0.1', protocol: 'imap' }).checkPassword('ani@home.example', made.password)
  assert.deepEqual(imap, { kind: 'fail', reason: 'credentials' })

  assert.deepEqual((await smtpCredentialsAfter(db, ani.organization, '')).map(({ id, username, domains, streams }) => [id, username, domains, streams]), [[made.id, 'ani@home.example', ['home.example'], ['transactional']]])
  assert.equal(await smtpCredentialById(db, makeId('o', nowMs) as typeof ani.organization, made.id), null)
  await removeCredential(db, ani.account, made.id)
  await submit(house, login(made.password, 'S~ 535'))
})

test('a credential for broadcasts submits in every stream of its organization that is there', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  await db.write(putStream, { organization: ani.organization, name: 'broadcast.weekly', title: { en: 'Weekly' }, description: {}, tracking: {}, createdMs: Date.now() })
  const made = await addAppPassword(db, { account: ani.account, name: 'Toko', nowMs: Date.now(), expiresMs: null, protocols: ['submission'], submission: { domains: null, streams: ['broadcast'] } })
  assert.ok(made.kind === 'added')
  const mail = (stream: string, answer: string): string => message('toko@home.example', stream, answer)
  await submit(house, [
    ...[login(made.password, 'S~ 235'), mail('Broadcast.Weekly', 'S~ 250'), mail('broadcast', 'S~ 250')],
    ...[mail('broadcast.wekly', 'S~ 550 5.6.0 X-Merpati-Stream: there is no stream broadcast.wekly'), mail('broadcast.', 'S~ 550 5.6.0 X-Merpati-Stream names no stream')],
    'C: QUIT\nS~ 221\n',
  ].join(''))
  assert.equal((await deliveriesAfter(db, '')).length, 2)
})

test('a credential with a cap submits so many messages in a day, and hears when it may again', async () => {
  await using house = await openHouse()
  const { db, ani } = house
  const made = await addAppPassword(db, { account: ani.account, name: 'Toko', nowMs: Date.now(), expiresMs: null, protocols: ['submission'], submission: { domains: null, streams: null, caps: { messagesPerHour: null, messagesPerDay: 2 } } })
  const other = await addAppPassword(db, { account: ani.account, name: 'Lain', nowMs: Date.now(), expiresMs: null, protocols: ['submission'], submission: { domains: null, streams: null } })
  assert.ok(made.kind === 'added' && other.kind === 'added')
  const mail = (answer: string): string => message('toko@home.example', '', answer)
  await submit(house, [login(made.password, 'S~ 235'), mail('S~ 250'), mail('S~ 250'), mail('S~ 452 4.7.1 This credential may send 2 messages a day: again from '), 'C: QUIT\nS~ 221\n'].join(''))
  await submit(house, [login(other.password, 'S~ 235'), mail('S~ 250'), mail('S~ 250'), mail('S~ 250'), 'C: QUIT\nS~ 221\n'].join(''))
  assert.equal(house.arrivals.length, 5)
  assert.deepEqual((await smtpCredentialsAfter(db, ani.organization, '')).map(({ name, caps }) => [name, caps.messagesPerHour, caps.messagesPerDay]), [['Toko', null, 2], ['Lain', null, null]])
})
