import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runWell, temporaryFolder } from '../support/program.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { ANI, BUDI, deliverNumbered, emptyMailbox, numbered, PASSWORD, subjects } from './mail.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
  await emptyMailbox(demo.ports, BUDI)
  await deliverNumbered(demo.ports, 2)
})
after(() => demo[Symbol.asyncDispose]())

const BASE = ['--silent', '--show-error', '--fail', '--insecure', '--max-time', '60']
const AS_BUDI = ['--user', `${BUDI}:${PASSWORD}`]

test('curl reads a message over imap and imaps', async () => {
  for (const url of [`imap://127.0.0.1:${demo.ports.imap}`, `imaps://127.0.0.1:${demo.ports.imaps}`]) {
    const { stdout } = await runWell('curl', [...BASE, ...AS_BUDI, `${url}/INBOX;MAILINDEX=2`])
    assert.ok(stdout.endsWith(numbered(2)), stdout)
    const listed = await runWell('curl', [...BASE, ...AS_BUDI, url])
    assert.match(listed.stdout, /^\* LIST \(.*\) "\/" "?INBOX"?\r?$/m)
    const found = await runWell('curl', [...BASE, ...AS_BUDI, `${url}/INBOX?SUBJECT%20%22numbered%202%22`])
    assert.match(found.stdout, /^\* SEARCH 2\r?$/m)
  }
})

test('curl upgrades to TLS on the plain ports', async () => {
  for (const url of [`imap://127.0.0.1:${demo.ports.imap}/INBOX;MAILINDEX=1`, `pop3://127.0.0.1:${demo.ports.pop3}/1`]) {
    const { stdout } = await runWell('curl', [...BASE, '--ssl-reqd', ...AS_BUDI, url])
    assert.ok(stdout.endsWith(numbered(1)), stdout)
  }
})

test('curl reads and lists over pop3 and pop3s', async () => {
  for (const url of [`pop3://127.0.0.1:${demo.ports.pop3}`, `pop3s://127.0.0.1:${demo.ports.pop3s}`]) {
    const { stdout } = await runWell('curl', [...BASE, ...AS_BUDI, `${url}/2`])
    assert.ok(stdout.endsWith(numbered(2)), stdout)
    const listed = await runWell('curl', [...BASE, ...AS_BUDI, url])
    assert.match(listed.stdout, /^1 \d+\r?\n2 \d+\r?\n$/)
  }
})

test('curl uploads a message over imap, and it comes back as it was', async () => {
  const url = `imap://127.0.0.1:${demo.ports.imap}/Drafts`
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'message')
  writeFileSync(file, numbered(3)) // From a pipe curl does not know the length that APPEND needs.
  await runWell('curl', [...BASE, ...AS_BUDI, '-T', file, url])
  const { stdout } = await runWell('curl', [...BASE, ...AS_BUDI, `${url};MAILINDEX=1`])
  assert.equal(stdout, numbered(3))
})

test('curl sends over smtp, and over smtps with a login', async () => {
  const mail = ['--mail-from', ANI, '--mail-rcpt', BUDI, '-T', '-']
  const text = (number: number): string => numbered(number).replace('Sender <sender@source.example>', `Ani <${ANI}>`)
  await runWell('curl', [...BASE, ...mail, `smtp://127.0.0.1:${demo.ports.smtp}/client.example`], { input: text(4) })
  const login = ['--user', `${ANI}:${PASSWORD}`]
  await runWell('curl', [...BASE, ...login, ...mail, `smtps://127.0.0.1:${demo.ports.submissions}/client.example`], { input: text(5) })
  const got = await subjects(demo.ports, BUDI)
  assert.deepEqual(got.slice(-2), ['numbered 4', 'numbered 5'])
})
