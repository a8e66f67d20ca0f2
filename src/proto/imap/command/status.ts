import { command, done, no } from '../command.ts'
import type { Scanner } from '../scanner.ts'
import { scanStatusItems, tellStatus } from '../status-items.ts'

/** STATUS: the numbers of a mailbox without selecting it. Of the selected one it works too. RFC 9051 §6.3.11. */
export const status = command({
  verb: 'STATUS',
  when: 'authenticated',
  news: 'all',
  parse: (s: Scanner) => {
    s.need(' ')
    const path = s.mailbox()
    s.need(' ')
    return { path, items: scanStatusItems(s) }
  },
  async run(session, { path, items }, { store }) {
    const mailbox = await store.mailbox(path)
    if (mailbox === null) return no('There is no such mailbox', 'NONEXISTENT')
    tellStatus(session, store, mailbox, items)
    return done('Those are the numbers')
  },
})
