import { command, done, noArguments } from '../command.ts'

/** NAMESPACE: where one's own mailboxes are, and those of others. RFC 9051 §6.3.10. */
export const namespace = command({
  verb: 'NAMESPACE',
  when: 'authenticated',
  news: 'all',
  parse: noArguments,
  async run(session, _, { store }) {
    const others = store.sharedPrefix === null ? 'NIL' : `((${session.string(store.sharedPrefix)} "/"))`
    session.untagged(`NAMESPACE (("" "/")) ${others} NIL`)
    return done('Those are the namespaces')
  },
})
