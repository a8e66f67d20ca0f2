import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runProgram, runWell, temporaryFolder } from '../support/program.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { BUDI, deliverNumbered, emptyMailbox, PASSWORD, subjects } from './mail.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
})
after(() => demo[Symbol.asyncDispose]())

/** Makes a Maildir. */
function maildir(path: string): string {
  for (const name of ['new', 'cur', 'tmp']) mkdirSync(join(path, name), { recursive: true })
  return path
}

function subjectsIn(path: string): readonly string[] {
  const files = readdirSync(join(path, 'new')).map((name) => readFileSync(join(path, 'new', name), 'utf8'))
  return files.map((text) => /^Subject: (.*?)\r?$/m.exec(text)?.[1] ?? '').toSorted()
}

/** Fetches while the server keeps the mail: the first time all, then nothing, then what is new, even after a restart of the server. */
async function fetchesOnce(fetch: () => Promise<void>, got: () => readonly string[]): Promise<void> {
  await emptyMailbox(demo.ports, BUDI)
  await deliverNumbered(demo.ports, 3)
  await fetch()
  assert.deepEqual(got(), ['numbered 1', 'numbered 2', 'numbered 3'])
  await demo.stop()
  await demo.restart()
  await fetch()
  assert.equal(got().length, 3, 'the UIDLs are the same after a restart')
  await deliverNumbered(demo.ports, 1, 4)
  await fetch()
  assert.deepEqual(got(), ['numbered 1', 'numbered 2', 'numbered 3', 'numbered 4'])
  assert.equal((await subjects(demo.ports, BUDI)).length, 4)
}

test('mpop fetches each message once over TLS and remembers by UIDL', async () => {
  await using folder = await temporaryFolder()
  const box = maildir(join(folder.path, 'box'))
  const file = join(folder.path, 'mpoprc')
  writeFileSync(file, `account demo
host 127.0.0.1
port ${demo.ports.pop3s}
tls on
tls_starttls off
tls_certcheck off
user ${BUDI}
password ${PASSWORD}
keep on
delivery maildir ${box}
uidls_file ${join(folder.path, 'uidls')}
account default : demo
`, { mode: 0o600 })
  await fetchesOnce(async () => void (await runWell('mpop', ['-C', file])), () => subjectsIn(box))
})

test('getmail fetches each message once and remembers by UIDL', async () => {
  await using folder = await temporaryFolder()
  const box = maildir(join(folder.path, 'box'))
  // getmail delivers for no root: then it becomes the owner of the Maildir.
  const owner = process.getuid?.() === 0 ? 'nobody' : userInfo().username
  await runWell('chown', ['-R', owner, box])
  await runWell('chmod', ['755', folder.path])
  writeFileSync(join(folder.path, 'getmailrc'), `[retriever]
type = SimplePOP3Retriever
server = 127.0.0.1
port = ${demo.ports.pop3}
username = ${BUDI}
password = ${PASSWORD}
[destination]
type = Maildir
path = ${box}/
user = ${owner}
[options]
read_all = false
delete = false
`, { mode: 0o600 })
  const args = ['--getmaildir', folder.path, '--rcfile', 'getmailrc', '--quiet']
  await fetchesOnce(async () => void (await runWell('getmail', args, { env: { HOME: folder.path } })), () => subjectsIn(box))
})

test('fetchmail takes mail over POP3 with STLS and hands it on, leaving nothing', async () => {
  await emptyMailbox(demo.ports, BUDI)
  await deliverNumbered(demo.ports, 3)
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'fetchmailrc')
  writeFileSync(file, `poll 127.0.0.1 service ${demo.ports.pop3} protocol pop3 auth password
  user "${BUDI}" password "${PASSWORD}" is "ani@merpati.test" here sslproto "tls1.2+" no sslcertck nokeep
  smtphost "127.0.0.1/${demo.ports.smtp}" smtpname "ani@merpati.test"
`, { mode: 0o600 })
  await runWell('fetchmail', ['-f', file, '--nosyslog', '--pidfile', join(folder.path, 'pid')], { env: { HOME: folder.path } })
  assert.deepEqual(await subjects(demo.ports, BUDI), [])
  const ani = await subjects(demo.ports, 'ani@merpati.test')
  assert.deepEqual(ani.slice(-3), ['numbered 1', 'numbered 2', 'numbered 3'])
  const again = await runProgram('fetchmail', ['-f', file, '--nosyslog', '--pidfile', join(folder.path, 'pid')], { env: { HOME: folder.path } })
  assert.equal(again.code, 1, 'fetchmail says that there is no mail')
})
