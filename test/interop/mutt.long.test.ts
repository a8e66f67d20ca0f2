import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { until } from '../../bench/tool/wait.ts'
import { submit } from '../support/mail-network.ts'
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
const settings = (user: string): string => `
set certificate_file="${demo.dataDir}/tls/certificate.pem" ssl_verify_host=no ssl_verify_dates=no
set smtp_authenticators="scram-sha-256" pop_authenticators="scram-sha-256"
set imap_user="${user}" imap_pass="${PASSWORD}" pop_user="${user}" pop_pass="${PASSWORD}" pop_delete=no from="${user}"
set confirmappend=no confirmcreate=no quit=yes mbox_type=Maildir record="" wait_key=no move=no delete=yes
set sort=mailbox-order
`

/** Runs mutt and presses keys, as `push` does. It wants a terminal: `script` gives it one. */
async function press(folder: string, mailbox: string, keys: string, user = BUDI): Promise<void> {
  const file = join(folder, 'muttrc')
  writeFileSync(file, `${settings(user)}\npush "${keys}"\n`)
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
  writeFileSync(file, `${settings(BUDI)}\nset smtp_url="${submission}" smtp_pass="${PASSWORD}" copy=yes\n${record}\n`)
  await runWell('mutt', ['-n', '-F', file, '-s', 'mutt sends', '--', ANI], { input: 'Halo Ani.\n', env: { TERM: 'dumb', HOME: folder.path } })
  assert.ok((await subjects(demo.ports, ANI)).includes('mutt sends'))
  assert.ok((await subjects(demo.ports, BUDI, 'Sent')).includes('mutt sends'))
})

test('a report of a failure is read in mutt as its recipient would: in her language, what happened, to whom, and what to do', async () => {
  await emptyMailbox(demo.ports, ANI)
  await submit(demo, ['bounced@luar.test'])
  await until('the report to arrive', async () => (await subjects(demo.ports, ANI)).length === 1, 30_000)
  assert.deepEqual(await subjects(demo.ports, ANI), ['Tidak terkirim: Halo'])
  await using folder = await temporaryFolder()
  const shown = join(folder.path, 'shown')
  await press(folder.path, `imaps://127.0.0.1:${demo.ports.imaps}/INBOX`, `<jump>1<enter><decode-copy>${shown}<enter><quit>`, ANI)
  const [file = ''] = readdirSync(join(shown, 'cur')).concat(readdirSync(join(shown, 'new')).map((name) => `../new/${name}`))
  const text = readFileSync(join(shown, 'cur', file), 'utf8')
  assert.match(text, /Pesan Anda tidak dapat dikirim/)
  assert.match(text, /bounced@luar\.test\n +Alamatnya tidak ada\. Periksa penulisannya\.\n +Jawaban demo: 550 5\.1\.1 No such user here/)
  assert.match(text, /Final-Recipient: rfc822;\s*bounced@luar\.test\nAction: failed\nStatus: 5\.1\.1/)
})
