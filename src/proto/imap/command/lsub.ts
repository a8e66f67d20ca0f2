import type { ImapStore } from '../backend.ts'
import { command, done } from '../command.ts'
import { joinPattern, matchesPattern } from '../list-pattern.ts'
import type { Scanner } from '../scanner.ts'
import { above, sorted } from './list.ts'

/**
 * LSUB: the subscribed names, as IMAP4rev1 asks for them, whether they have a mailbox or not. RFC 3501 §6.3.9: a level that is not subscribed, but above one that is, shows as
 * \Noselect when only `%` keeps the lower one out.
 */
export const lsub = command({
  verb: 'LSUB',
  when: 'authenticated',
  news: 'all',
  parse: (s: Scanner) => {
    s.need(' ')
    const reference = s.mailbox()
    s.need(' ')
    return { reference, pattern: s.listMailbox() }
  },
  async run(session, { reference, pattern }, { store }) {
    const wanted = joinPattern(reference, pattern)
    const told = new Set<string>()
    const subscribed = sorted(await subscriptions(store))
    for (const { path } of subscribed) {
      if (!matchesPattern(wanted, path)) continue
      told.add(path)
      session.untagged(`LSUB () "/" ${session.mailboxName(path)}`)
    }
    for (const { path } of subscribed) {
      if (told.has(path)) continue
      for (const parent of above(path)) {
        if (told.has(parent) || !matchesPattern(wanted, parent)) continue
        told.add(parent)
        session.untagged(`LSUB (\\Noselect) "/" ${session.mailboxName(parent)}`)
      }
    }
    return done('Those are the subscriptions')
  },
})

async function subscriptions(store: ImapStore): Promise<readonly { readonly path: string }[]> {
  const mailboxes = (await store.list()).filter(({ subscribed }) => subscribed)
  const paths = new Set([...mailboxes.map(({ path }) => path), ...(await store.lost())])
  return Array.from(paths, (path) => ({ path }))
}
