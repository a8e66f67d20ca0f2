import { command, done, noArguments } from '../command.ts'

/** CLOSE: expunges without telling, and leaves. RFC 9051 §6.4.1. */
export const close = command({
  verb: 'CLOSE',
  when: 'selected',
  news: 'none',
  parse: noArguments,
  async run(session, _, { store, box }) {
    const { span } = box.access === 'full' ? await store.expunge(box.id, null) : { span: null }
    session.select(store, null)
    return done('Closed', session.qresync && span !== null ? `HIGHESTMODSEQ ${span.after}` : undefined)
  },
})

/** UNSELECT: leaves, and expunges nothing. RFC 9051 §6.4.2. */
export const unselect = command({
  verb: 'UNSELECT',
  when: 'selected',
  news: 'none',
  parse: noArguments,
  async run(session, _, { store }) {
    session.select(store, null)
    return done('Unselected')
  },
})
