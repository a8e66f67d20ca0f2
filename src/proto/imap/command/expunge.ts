import type { ImapStore } from '../backend.ts'
import { command, done, no, noArguments, type Tagged } from '../command.ts'
import { tellNews } from '../news.ts'
import type { Scanner } from '../scanner.ts'
import type { Selected } from '../selected.ts'
import type { Session } from '../session.ts'
import { intersect, pickUids } from '../uid-map.ts'
import type { UidRange } from '../uid-set.ts'

/** EXPUNGE. RFC 9051 §6.4.3. */
export const expunge = command({
  verb: 'EXPUNGE',
  when: 'selected',
  news: 'none',
  parse: noArguments,
  run: async (session, _, { store, box }) => await run(session, store, box, null),
})

/** UID EXPUNGE: only of these. RFC 9051 §6.4.9, RFC 4315. */
export const uidExpunge = command({
  verb: 'UID EXPUNGE',
  when: 'selected',
  news: 'none',
  parse: (s: Scanner) => {
    s.need(' ')
    return s.set()
  },
  run: async (session, set, { store, box }) => await run(session, store, box, pickUids(box.map, set, box.saved)),
})

async function run(session: Session, store: ImapStore, box: Selected, uids: readonly UidRange[] | null): Promise<Tagged> {
  if (box.access === 'read') return no('The mailbox is open for reading only', 'NOPERM')
  const { vanished, span } = await store.expunge(box.id, uids)
  box.owe(intersect(box.map, vanished))
  box.passed(span)
  await tellNews(session, store, box, 'all')
  return done('Expunged', session.qresync ? `HIGHESTMODSEQ ${box.modseq}` : undefined)
}
