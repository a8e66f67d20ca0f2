import assert from 'node:assert/strict'
import { readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ImapClient } from '../support/imap-client.ts'
import { runWell, temporaryFolder } from '../support/program.ts'
import { startDemo } from '../support/server.ts'
import { BUDI, deliverNumbered, emptyMailbox, PASSWORD, subjects } from './mail.ts'

test('offlineimap mirrors every mailbox, and takes flags and mail of its own side to the server', async () => {
  await using demo = await startDemo()
  await using folder = await temporaryFolder()
  await emptyMailbox(demo.ports, BUDI)
  await deliverNumbered(demo.ports, 20)
  const mail = join(folder.path, 'mail')
  const file = join(folder.path, 'offlineimaprc')
  writeFileSync(file, `[general]
accounts = demo
metadata = ${join(folder.path, 'state')}
ui = quiet
[Account demo]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = ${mail}
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = ${demo.ports.imap}
remoteuser = ${BUDI}
remotepass = ${PASSWORD}
ssl = no
starttls = no
`)
  const sync = () => runWell('offlineimap', ['-o', '-c', file], { env: { HOME: folder.path } })
  await sync()
  const inbox = (name: string): readonly string[] => readdirSync(join(mail, 'INBOX', name))
  assert.equal(inbox('new').length, 20)
  const [first] = inbox('new').toSorted() as [string]
  renameSync(join(mail, 'INBOX', 'new', first), join(mail, 'INBOX', 'cur', `${first.replace(/:2,.*$/, '')}:2,FS`))
  writeFileSync(join(mail, 'INBOX', 'new', '1700000000.1.here'), 'From: x@source.example\nSubject: numbered 21\n\nmade here\n')
  await sync()
  assert.ok((await subjects(demo.ports, BUDI)).includes('numbered 21'))
  using client = await ImapClient.login({ port: demo.ports.imap }, BUDI, PASSWORD)
  await client.ok('SELECT INBOX')
  const flagged = (await client.ok('SEARCH FLAGGED SEEN')).untagged.map(({ text }) => text).find((text) => text.startsWith('* SEARCH'))
  assert.match(flagged ?? '', /^\* SEARCH \d+$/)
})
