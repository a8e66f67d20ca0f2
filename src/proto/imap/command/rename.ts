import { command, done } from '../command.ts'
import { refusal } from '../refusal.ts'
import type { Scanner } from '../scanner.ts'

/** RENAME: the mailbox and what is below it; of INBOX its messages. UIDVALIDITY stays. RFC 9051 §6.3.6. */
export const rename = command({
  verb: 'RENAME',
  when: 'authenticated',
  news: 'all',
  parse: (s: Scanner) => {
    s.need(' ')
    const from = s.mailbox()
    s.need(' ')
    return { from, to: s.mailbox().replace(/\/$/, '') }
  },
  async run(_session, { from, to }, { store }) {
    const outcome = await store.rename(from, to)
    return outcome.kind === 'done' ? done('Renamed') : refusal(outcome)
  },
})
