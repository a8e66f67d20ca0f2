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
  await emptyMailbox(demo.ports, BUDI)
  await deliverNumbered(demo.ports, 3)
})
after(() => demo[Symbol.asyncDispose]())

const SETTINGS = `
set imap_user="${BUDI}" imap_pass="${PASSWORD}" from="${BUDI}" ssl_starttls=no ssl_verify_host=no ssl_verify_dates=no
set mail_check=60 confirmappend=no confirmcreate=no quit=yes mbox_type=Maildir record="" wait_key=no move=no delete=yes
set auto_tag=no sort=mailbox-order
`

/** Runs mutt with keys pressed from its settings: no terminal is needed for what `push` does, but it wants one, so `script` gives it. */
async function press(folder: string, mailbox: string, keys: string): Promise<void> {
  const file = join(folder, 'muttrc')
  writeFileSync(file, `${SETTINGS}set folder="${mailbox}" spoolfile="${mailbox}/INBOX"\npush "${keys}"\n`)
  const command = `mutt -n -F ${file} -f ${mailbox}/INBOX`
  await runWell('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env: { TERM: 'xterm', HOME: folder } })
}

test('mutt opens the mailbox over imap, copies every message to a Maildir and deletes one', async () => {
  await using folder = await temporaryFolder()
  const copy = join(folder.path, 'copy')
  const keys = `<tag-pattern>.<enter><tag-prefix><copy-message>${copy}<enter><first-entry><delete-message><sync-mailbox><quit>`
  await press(folder.path, `imap://127.0.0.1:${demo.ports.imap}`, keys)
  const texts = [...readdirSync(join(copy, 'new')), ...readdirSync(join(copy, 'cur'))].map((name) =>
    readFileSync([join(copy, 'new', name), join(copy, 'cur', name)].find((path) => readable(path)) ?? '', 'utf8'))
  assert.deepEqual(texts.map((text) => /^Subject: (.*)$/m.exec(text)?.[1]).toSorted(), ['numbered 1', 'numbered 2', 'numbered 3'])
  assert.deepEqual(await subjects(demo.ports, BUDI), ['numbered 2', 'numbered 3'])
})

test('mutt sends through submission and keeps a copy in Sent over imap', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'muttrc')
  const submission = `smtps://${encodeURIComponent(BUDI)}@127.0.0.1:${demo.ports.submissions}`
  const record = `set record="imap://127.0.0.1:${demo.ports.imap}/Sent"`
  writeFileSync(file, `${SETTINGS}\nset smtp_url="${submission}" smtp_pass="${PASSWORD}" copy=yes ssl_ca_certificates_file="${demo.dataDir}/tls/certificate.pem"\n${record}\n`)
  await runWell('mutt', ['-n', '-F', file, '-s', 'mutt sends', '--', ANI], { input: 'Halo Ani.\n', env: { TERM: 'dumb', HOME: folder.path } })
  assert.ok((await subjects(demo.ports, ANI)).includes('mutt sends'))
  assert.ok((await subjects(demo.ports, BUDI, 'Sent')).includes('mutt sends'))
})

function readable(path: string): boolean {
  try {
    readFileSync(path)
    return true
  } catch {
    return false
  }
}
