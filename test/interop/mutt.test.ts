import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runWell, temporaryFolder } from '../support/program.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { ANI, BUDI, deliverNumbered, emptyMailbox, PASSWORD, subjects } from './mail.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
})
after(() => demo[Symbol.asyncDispose]())

/**
 * Trusts the demo's certificate. Debian's mutt lets GNU SASL choose the mechanism, which prefers SCRAM-SHA-256-PLUS, but gives it no channel to
 * bind; outside IMAP it has no second choice. That PLUS works is shown by `gsasl.test.ts`, with the same library.
 */
const settings = (): string => `
set certificate_file="${demo.dataDir}/tls/certificate.pem" ssl_verify_host=no ssl_verify_dates=no
set smtp_authenticators="scram-sha-256" pop_authenticators="scram-sha-256"
set imap_user="${BUDI}" imap_pass="${PASSWORD}" pop_user="${BUDI}" pop_pass="${PASSWORD}" pop_delete=no from="${BUDI}"
set confirmappend=no confirmcreate=no quit=yes mbox_type=Maildir record="" wait_key=no move=no delete=yes
set sort=mailbox-order
`

/** Runs mutt and presses keys, as `push` does. It wants a terminal: `script` gives it one. */
async function press(folder: string, mailbox: string, keys: string): Promise<void> {
  const file = join(folder, 'muttrc')
  writeFileSync(file, `${settings()}\npush "${keys}"\n`)
  const command = `timeout --foreground 30 mutt -n -F ${file} -f ${mailbox}`
  await runWell('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env: { TERM: 'xterm', HOME: folder } })
}

/** Subjects in a Maildir. */
function copied(maildir: string): readonly string[] {
  const files = ['new', 'cur'].flatMap((name) => readdirSync(join(maildir, name)).map((file) => join(maildir, name, file)))
  return files.map((file) => /^Subject: (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '').toSorted()
}

const copyAll = (count: number, to: string): string =>
  Array.from({ length: count }, (_, index) => `<jump>${index + 1}<enter><copy-message>${to}<enter>`).join('')

for (const protocol of ['imap', 'imaps'] as const) {
  test(`mutt opens the mailbox over ${protocol}, copies every message to a Maildir and deletes one`, async () => {
    await emptyMailbox(demo.ports, BUDI)
    await deliverNumbered(demo.ports, 3)
    await using folder = await temporaryFolder()
    const copy = join(folder.path, 'copy')
    await press(folder.path, `${protocol}://127.0.0.1:${demo.ports[protocol]}/INBOX`, `${copyAll(3, copy)}<jump>1<enter><delete-message><sync-mailbox><quit>`)
    assert.deepEqual(copied(copy), ['numbered 1', 'numbered 2', 'numbered 3'])
    assert.deepEqual(await subjects(demo.ports, BUDI), ['numbered 2', 'numbered 3'])
  })
}

for (const protocol of ['pop3', 'pop3s'] as const) {
  test(`mutt reads the mailbox over ${protocol}`, async () => {
    await emptyMailbox(demo.ports, BUDI)
    await deliverNumbered(demo.ports, 2)
    await using folder = await temporaryFolder()
    const copy = join(folder.path, 'copy')
    await press(folder.path, `${protocol.replace('3', '')}://127.0.0.1:${demo.ports[protocol]}`, `${copyAll(2, copy)}<quit>`)
    assert.deepEqual(copied(copy), ['numbered 1', 'numbered 2'])
  })
}

test('mutt sends through submission and keeps a copy in Sent over imap', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'muttrc')
  const submission = `smtps://${encodeURIComponent(BUDI)}@127.0.0.1:${demo.ports.submissions}`
  const record = `set record="imap://127.0.0.1:${demo.ports.imap}/Sent"`
  writeFileSync(file, `${settings()}\nset smtp_url="${submission}" smtp_pass="${PASSWORD}" copy=yes\n${record}\n`)
  await runWell('mutt', ['-n', '-F', file, '-s', 'mutt sends', '--', ANI], { input: 'Halo Ani.\n', env: { TERM: 'dumb', HOME: folder.path } })
  assert.ok((await subjects(demo.ports, ANI)).includes('mutt sends'))
  assert.ok((await subjects(demo.ports, BUDI, 'Sent')).includes('mutt sends'))
})
