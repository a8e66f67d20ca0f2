import type { ImapStore, MailboxInfo } from './backend.ts'
import { scanList } from './scan.ts'
import type { Scanner } from './scanner.ts'
import type { Session } from './session.ts'

/** What STATUS can tell. RFC 9051 §6.3.11, RFC 7162, RFC 7889, RFC 8474. */
const ITEMS = ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY', 'UNSEEN', 'DELETED', 'SIZE', 'RECENT', 'APPENDLIMIT', 'HIGHESTMODSEQ', 'MAILBOXID'] as const

/** One of them. */
export type StatusItem = (typeof ITEMS)[number]

/** Reads `(MESSAGES UNSEEN)`. */
export function scanStatusItems(s: Scanner): readonly StatusItem[] {
  const items = scanList(s, 2 * ITEMS.length, (s) => {
    const word = s.word()
    const item = ITEMS.find((known) => known === word)
    if (item === undefined) s.fail('unknown status item')
    return item ?? 'MESSAGES'
  })
  if (items.length === 0) s.fail('expected a status item')
  return items
}

/** Tells the numbers of a mailbox. Asking for HIGHESTMODSEQ turns CONDSTORE on. RFC 7162 §3.1. */
export function tellStatus(session: Session, store: ImapStore, mailbox: MailboxInfo, items: readonly StatusItem[]): void {
  if (items.includes('HIGHESTMODSEQ')) session.condstore = true
  const told = items.map((item) => `${item} ${valueOf(item, mailbox, store)}`).join(' ')
  session.out.text(`* STATUS ${session.mailboxName(mailbox.path)} (${told})\r\n`)
}

function valueOf(item: StatusItem, mailbox: MailboxInfo, store: ImapStore): string | number {
  switch (item) {
    case 'MESSAGES':
      return mailbox.total
    case 'UIDNEXT':
      return mailbox.uidnext
    case 'UIDVALIDITY':
      return mailbox.uidvalidity
    case 'UNSEEN':
      return mailbox.unseen
    case 'DELETED':
      return mailbox.deleted
    case 'SIZE':
      return mailbox.sizeBytes
    case 'RECENT':
      return 0
    case 'APPENDLIMIT':
      return store.appendLimit
    case 'HIGHESTMODSEQ':
      return mailbox.highestModseq
    case 'MAILBOXID':
      return `(${mailbox.id})`
  }
}
