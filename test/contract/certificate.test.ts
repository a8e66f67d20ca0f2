import assert from 'node:assert/strict'
import test from 'node:test'
import type { IssuedCertificate } from '../../src/core/certificate/certificate.ts'
import {
  accountAt, askForCertificate, certificateStamp, forgetCertificates, keepAccount, keepCertificate, noteTries, openCertificate, storedCertificates, triesByName,
} from '../../src/core/certificate/sql.ts'
import { alpnCertificateFor, putAnswer, removeAnswer, textFor } from '../../src/core/certificate/sql-challenge.ts'
import { openTestDatabase } from '../support/database.ts'
import { NOW_MS } from '../support/people.ts'

const SECRET = new Uint8Array(32).fill(7)
const DIRECTORY = 'https://ca.test/dir'
const certificate: IssuedCertificate = { name: 'mx.test', names: ['mx.test', 'mail.test'], chain: 'chain', key: 'key', notBeforeMs: NOW_MS, notAfterMs: NOW_MS + 1000, issuedMs: NOW_MS, directory: DIRECTORY }

test('a certificate is kept with its key closed, opens with the same secret only, and the next one takes its place', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const empty = await certificateStamp(db)
  await keepCertificate(db, SECRET, certificate)
  const [stored, ...others] = await storedCertificates(db)
  assert.ok(stored !== undefined)
  assert.deepEqual(others, [])
  assert.ok(!JSON.stringify(stored).includes('"key"'))
  assert.deepEqual(openCertificate(SECRET, stored), certificate)
  assert.equal(openCertificate(new Uint8Array(32), stored), null)
  assert.equal(openCertificate(SECRET, { ...stored, name: 'other.test' }), null)
  const first = await certificateStamp(db)
  await keepCertificate(db, SECRET, { ...certificate, chain: 'newer', issuedMs: NOW_MS + 1 })
  assert.deepEqual((await storedCertificates(db)).map(({ chain }) => chain), ['newer'])
  assert.equal(new Set([empty, first, await certificateStamp(db)]).size, 3)
  assert.equal(await db.write(forgetCertificates, { beforeMs: NOW_MS + 1000 }), 0)
  assert.equal(await db.write(forgetCertificates, { beforeMs: NOW_MS + 1001 }), 1)
  assert.deepEqual(await storedCertificates(db), [])
})

test('more certificates than one chunk holds are all listed', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const names = Array.from({ length: 501 }, (_, i) => `h${String(i).padStart(3, '0')}.test`)
  await Promise.all(names.map((name) => db.write(noteTries, { name, failedMs: [NOW_MS], nextMs: NOW_MS + 5, error: 'refused', askedMs: null })))
  assert.deepEqual([...(await triesByName(db)).keys()], names)
})

test('failures are remembered, asking keeps them and ends the wait, and a certificate forgets them', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await db.write(noteTries, { name: 'mx.test', failedMs: [1, 2], nextMs: NOW_MS + 5, error: 'refused', askedMs: null })
  await db.write(askForCertificate, { name: 'mx.test', nowMs: NOW_MS })
  await db.write(askForCertificate, { name: 'other.test', nowMs: NOW_MS })
  const tries = await triesByName(db)
  assert.deepEqual(tries.get('mx.test'), { failedMs: [1, 2], nextMs: 0, error: 'refused', askedMs: NOW_MS })
  assert.deepEqual(tries.get('other.test'), { failedMs: [], nextMs: 0, error: null, askedMs: NOW_MS })
  await keepCertificate(db, SECRET, certificate)
  assert.deepEqual([...(await triesByName(db)).keys()], ['other.test'])
})

test('there is one account for each authority, which only our secret opens', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  assert.equal(await accountAt(db, SECRET, DIRECTORY), null)
  await keepAccount(db, SECRET, DIRECTORY, { key: 'key', url: null })
  await keepAccount(db, SECRET, DIRECTORY, { key: 'key', url: 'https://ca.test/1' })
  assert.deepEqual(await accountAt(db, SECRET, DIRECTORY), { key: 'key', url: 'https://ca.test/1' })
  assert.equal(await accountAt(db, new Uint8Array(32), DIRECTORY), null)
  assert.equal(await accountAt(db, SECRET, 'https://other.test/dir'), null)
})

test('answers to challenges are there for everybody until they are removed or old', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const elsewhere = await opened.another()
  const http = { kind: 'http-01', token: 'tok', text: 'tok.print' } as const
  const alpn = { kind: 'tls-alpn-01', name: 'mx.test', cert: 'cert', key: 'key' } as const
  for (const answer of [http, alpn]) await db.write(putAnswer, { answer, nowMs: NOW_MS, untilMs: NOW_MS + 1000 })
  assert.equal(await textFor(elsewhere, 'tok'), 'tok.print')
  assert.equal(await textFor(elsewhere, 'mx.test'), null)
  assert.deepEqual(await alpnCertificateFor(elsewhere, 'mx.test'), { cert: 'cert', key: 'key' })
  await db.write(removeAnswer, { answer: http })
  assert.equal(await textFor(elsewhere, 'tok'), null)
  await db.write(putAnswer, { answer: { ...http, token: 'next' }, nowMs: NOW_MS + 2000, untilMs: NOW_MS + 3000 })
  assert.equal(await alpnCertificateFor(elsewhere, 'mx.test'), null)
})
