import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ImapClient } from '../support/imap-client.ts'
import { runWell, temporaryFolder } from '../support/program.ts'
import { startDemo } from '../support/server.ts'
import { BUDI, deliverNumbered, emptyMailbox, numbered, PASSWORD, subjects } from './mail.ts'

/**
 * Mirrors a mailbox of `count` messages into a Maildir; then changes both sides: new mail and a deletion here, flags,
 * new mail and a deletion there. After one run both are equal, and one more run finds nothing to do.
 */
export async function mirror(count: number): Promise<void> {
  await using demo = await startDemo()
  await using folder = await temporaryFolder()
  await emptyMailbox(demo.ports, BUDI)
  await deliverNumbered(demo.ports, count)
  const settings = writeSettings(folder.path, demo.ports.imap)
  const sync = async (): Promise<string> => (await runWell('mbsync', ['--config', settings, '--verbose', 'demo'])).stdout
  const box = join(folder.path, 'mail', 'INBOX')

  await sync()
  assert.equal(messageFiles(box).length, count)

  const [first, second] = messageFiles(box).toSorted((a, b) => numberIn(a) - numberIn(b)) as [string, string]
  unlinkSync(first)
  renameSync(second, second.replace('/new/', '/cur/').replace(/(?::2,.*)?$/, ':2,FS'))
  writeFileSync(join(box, 'new', '1.1.client'), numbered(count + 1).replaceAll('\r\n', '\n'))
  await deliverNumbered(demo.ports, 1, count + 2)
  using client = await ImapClient.login({ port: demo.ports.imap }, BUDI, PASSWORD)
  await client.ok('SELECT INBOX')
  await client.ok('STORE 3 +FLAGS (\\Deleted)')
  await client.ok('EXPUNGE')

  await sync()
  const expected = Array.from({ length: count + 2 }, (_, index) => index + 1).filter((number) => number !== 1 && number !== 3)
  assert.deepEqual(messageFiles(box).map(numberIn).toSorted((a, b) => a - b), expected)
  const here = await subjects(demo.ports, BUDI)
  assert.deepEqual(here.map((subject) => Number(subject.replace('numbered ', ''))).toSorted((a, b) => a - b), expected)
  await client.ok('NOOP')
  assert.match((await client.ok('SEARCH FLAGGED SEEN')).untagged.map(({ text }) => text).join('\n'), /^\* SEARCH 1$/m)

  const before = snapshot(box)
  const status = await stateOf(client)
  await sync()
  assert.deepEqual(snapshot(box), before)
  assert.equal(await stateOf(client), status, 'the second run changed the server')
}

function writeSettings(folder: string, port: number): string {
  mkdirSync(join(folder, 'mail'))
  const path = join(folder, 'mbsyncrc')
  writeFileSync(path, `
IMAPAccount demo
Host 127.0.0.1
Port ${port}
User ${BUDI}
Pass ${PASSWORD}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account demo

MaildirStore near
Path ${folder}/mail/
Inbox ${folder}/mail/INBOX

Channel demo
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync All
Expunge Both
SyncState *
`)
  return path
}

/** What mbsync would change on the server, were there anything to do. */
async function stateOf(client: ImapClient): Promise<string> {
  const { untagged } = await client.ok('STATUS INBOX (MESSAGES UIDNEXT UNSEEN HIGHESTMODSEQ)')
  return untagged.map(({ text }) => text).filter((text) => text.startsWith('* STATUS')).join('\n')
}

function messageFiles(box: string): readonly string[] {
  return ['new', 'cur'].flatMap((name) => readdirSync(join(box, name)).map((file) => join(box, name, file)))
}

function snapshot(box: string): readonly string[] {
  return messageFiles(box).map((path) => `${path} ${readFileSync(path, 'latin1').length}`).toSorted()
}

function numberIn(path: string): number {
  return Number(/^Subject: numbered (\d+)/m.exec(readFileSync(path, 'latin1'))?.[1])
}
