import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { playDialog } from '../support/dialog.ts'
import { openImapHouse, put } from '../support/imap-house.ts'
import { TEST_TLS } from '../support/memory-wire.ts'

const FOLDER = new URL('./imap/', import.meta.url)
const HEAD = 'From: Budi <budi@home.example>\r\nTo: ani@home.example\r\nDate: Fri, 2 Jan 2026 03:04:05 +0700\r\n'
const NESTED = [
  'From: x@y.example', 'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="b"', '',
  '--b', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable', '', 'Stra=C3=9Fe',
  '--b', 'Content-Type: message/rfc822', '', 'Subject: inner', 'From: a@b.example', '', 'inside',
  '--b', 'Content-Type: application/octet-stream; name="a.bin"', 'Content-Transfer-Encoding: base64', '', 'AAECAw==', '--b--', '',
].join('\r\n')

/**
 * Each dialog gets a house of its own on a real database, with three messages in ani's inbox. `#! tls` begins under TLS; `#! tls-only` takes no
 * password without it; `#! in` has logged in as ani before it begins.
 */
for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.dialog'))) {
  const source = readFileSync(new URL(name, FOLDER), 'utf8')
  test(`IMAP holds the dialog ${name}`, async () => {
    await using imap = await openImapHouse()
    await put(imap.ani, 'INBOX', `${HEAD}Subject: One\r\nMessage-ID: <1@x.example>\r\n\r\nHello.\r\n`)
    await put(imap.ani, 'INBOX', `${HEAD}Subject: Two\r\n\r\nThe quick brown fox\r\n`, { flags: 1, keywords: ['$Forwarded'] })
    await put(imap.ani, 'INBOX', NESTED)
    const tls = /^#! tls$/m.test(source) ? TEST_TLS : null
    const passwords = /^#! tls-only$/m.test(source) ? 'tls-only' : 'plain'
    const numbers = new Set(['1', ...[...source.matchAll(/^([2-9])C/gm)].map(([, who]) => who ?? '1')])
    const greeting = (who: string): string => `${who}S~ * OK\n${who}C: login LOGIN ani@home.example merpati\n${who}S~ login OK\n`
    const head = /^#! in$/m.test(source) ? [...numbers].map(greeting).join('') : ''
    await playDialog(head + source, () => imap.connect({ tls, passwords }))
  })
}
