import type { DemoPorts } from '../support/server.ts'
import { ImapClient } from '../support/imap-client.ts'
import { SmtpClient } from '../support/smtp-client.ts'

/** The people of the demo and what lets them in. */
export const ANI = 'ani@merpati.test'
export const BUDI = 'budi@merpati.test'
export const PASSWORD = 'merpati'

/** A message that can be recognized, with CRLF line endings. */
export function numbered(number: number, to: string = BUDI): string {
  return [
    'From: Sender <sender@source.example>',
    `To: <${to}>`,
    `Subject: numbered ${number}`,
    `Message-ID: <numbered-${number}@source.example>`,
    'Date: Mon, 23 Nov 2026 08:00:00 +0000',
    '',
    `This is message ${number}.`,
    '.a line that begins with a dot',
    '',
  ].join('\r\n')
}

/** Delivers numbered messages from `first` on, by port 25's listener. */
export async function deliverNumbered(ports: DemoPorts, count: number, first = 1): Promise<void> {
  for (let sent = 0; sent < count; ) {
    using client = await SmtpClient.open({ port: ports.smtp })
    await client.command('EHLO client.example')
    for (let here = 0; here < 500 && sent < count; here++, sent++) {
      const reply = await client.send({ from: 'sender@source.example', to: [BUDI], data: numbered(first + sent) })
      if (reply.code !== 250) throw new Error(`not delivered: ${reply.text}`)
    }
    await client.command('QUIT')
  }
}

/** Subjects in a mailbox, in the order of their UIDs. */
export async function subjects(ports: DemoPorts, user: string, mailbox = 'INBOX'): Promise<readonly string[]> {
  using client = await ImapClient.login({ port: ports.imap }, user, PASSWORD)
  await client.ok(`EXAMINE "${mailbox}"`)
  const { untagged } = await client.ok('UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])')
  return untagged.filter(({ literals }) => literals.length === 1).map(({ literals }) => subjectIn(literals[0] as Buffer))
}

/** Empties a mailbox. */
export async function emptyMailbox(ports: DemoPorts, user: string, mailbox = 'INBOX'): Promise<void> {
  using client = await ImapClient.login({ port: ports.imap }, user, PASSWORD)
  const { untagged } = await client.ok(`SELECT "${mailbox}"`)
  if (untagged.some(({ text }) => text === '* 0 EXISTS')) return
  await client.ok('STORE 1:* +FLAGS.SILENT (\\Deleted)')
  await client.ok('EXPUNGE')
}

function subjectIn(header: Buffer): string {
  return header.toString('utf8').replace(/^Subject:\s*/i, '').trim()
}
