import assert from 'node:assert/strict'
import test from 'node:test'
import { grantMailbox } from '../../src/core/mailbox/sql-tree.ts'
import { playDialog } from '../support/dialog.ts'
import { type ImapHouse, openImapHouse } from '../support/imap-house.ts'

/** What budi sees of a mailbox that ani shares for reading: the levels above it are names of no mailbox. RFC 9051 §6.3.9, RFC 2342 §5. */
const BUDI = String.raw`
S~ * OK
C: a0 LOGIN budi@home.example merpati
S~ a0 OK
# A pattern that ends in % shows levels, an old client the word it knows.
C: a1 LIST "" "Other%"
S: * LIST (\HasChildren \Noselect) "/" "Other Users"
S~ a1 OK
C: a2 LIST "" "Other%" RETURN (CHILDREN)
S: * LIST (\HasChildren \NonExistent) "/" "Other Users"
S~ a2 OK
C: a3 LIST "Other Users/" % RETURN (STATUS (MESSAGES))
S: * LIST (\HasChildren \NonExistent) "/" "Other Users/ani@home.example"
S~ a3 OK
# Others show mailboxes only.
C: a4 LIST "" Other*
S: * LIST (\HasNoChildren) "/" "Other Users/ani@home.example/Plans"
S~ a4 OK
C: a5 LIST "" "Other Users"
S: a5 OK Those are the mailboxes
C: a6 LIST (SPECIAL-USE) "" "Other%"
S: a6 OK Those are the mailboxes
C: a7 SELECT "Other Users"
S~ a7 NO [NONEXISTENT]
C: a8 SELECT "Other Users/ani@home.example/Plans"
S* a8 OK [READ-ONLY]
# IMAP4rev2 knows \NonExistent.
C: a9 ENABLE IMAP4rev2
S* a9 OK
C: b1 LIST "" "Other%"
S: * LIST (\HasChildren \NonExistent) "/" "Other Users"
S~ b1 OK
`

async function share(imap: ImapHouse, path: string, rights: string): Promise<void> {
  const made = await imap.ani.create(path, null)
  const { ani, budi, db } = imap.house
  if (made.kind !== 'done') assert.fail(made.why)
  await db.write(grantMailbox, { account: ani.account, mailbox: made.id, grantee: budi.account, rights, nowMs: 1 })
}

test('levels above a shared mailbox are listed as names that cannot be selected', async () => {
  await using imap = await openImapHouse()
  await share(imap, 'Plans', 'lr')
  await playDialog(BUDI, () => imap.connect())
})
