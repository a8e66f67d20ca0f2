import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runProgram, runWell, temporaryFolder } from '../support/program.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { ANI, BUDI, PASSWORD, subjects } from './mail.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
})
after(() => demo[Symbol.asyncDispose]())

const message = (subject: string): string => `From: Ani <${ANI}>\nTo: Budi <${BUDI}>\nBcc: ${ANI}\nSubject: ${subject}\n\nHalo Budi.\n`

/** Sends with msmtp, settings in a file as a user has them. */
async function send(settings: readonly string[], subject: string): Promise<{ readonly code: number | null; readonly stderr: string }> {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'msmtprc')
  writeFileSync(file, ['defaults', 'account demo', 'host 127.0.0.1', 'tls_certcheck off', `user ${ANI}`, ...settings, 'account default : demo', ''].join('\n'), { mode: 0o600 })
  return await runProgram('msmtp', ['-C', file, '-t'], { input: message(subject) })
}

const login = (password: string): readonly string[] => [`from ${ANI}`, `password ${password}`]

test('msmtp sends from ani to budi through the TLS port, and the Bcc line does not travel', async () => {
  const sent = await send([...login(PASSWORD), `port ${demo.ports.submissions}`, 'tls on', 'tls_starttls off', 'auth on'], 'msmtp tls')
  assert.equal(sent.code, 0, sent.stderr)
  assert.ok((await subjects(demo.ports, BUDI)).includes('msmtp tls'))
  assert.ok((await subjects(demo.ports, ANI)).includes('msmtp tls'))
  const url = `imap://127.0.0.1:${demo.ports.imap}/INBOX;MAILINDEX=*;SECTION=HEADER`
  const { stdout } = await runWell('curl', ['--silent', '--user', `${BUDI}:${PASSWORD}`, url])
  assert.match(stdout, /^Message-ID: </mi)
  assert.match(stdout, /^Date: /mi)
  assert.doesNotMatch(stdout, /^Bcc:/mi)
})

for (const mechanism of ['plain', 'login', 'scram-sha-256']) {
  test(`msmtp sends over STARTTLS with ${mechanism}`, async () => {
    const sent = await send([...login(PASSWORD), `port ${demo.ports.submission}`, 'tls on', 'tls_starttls on', `auth ${mechanism}`], `msmtp ${mechanism}`)
    assert.equal(sent.code, 0, sent.stderr)
    assert.ok((await subjects(demo.ports, BUDI)).includes(`msmtp ${mechanism}`))
  })
}

test('msmtp may not send as somebody else, and not with a wrong password', async () => {
  const port = [`port ${demo.ports.submissions}`, 'tls on', 'tls_starttls off', 'auth on']
  const other = await send([`from ${BUDI}`, `password ${PASSWORD}`, ...port], 'not mine')
  assert.notEqual(other.code, 0)
  assert.match(other.stderr, /55\d 5\.7\.1/)
  const wrong = await send([...login('wrong'), ...port], 'wrong password')
  assert.notEqual(wrong.code, 0)
  assert.match(wrong.stderr, /535/)
})
