import { command, done } from '../command.ts'
import { refusal } from '../refusal.ts'
import { scanMailbox } from '../scan.ts'

/** SUBSCRIBE. RFC 9051 §6.3.7: we check that the mailbox is there, as the section allows. */
export const subscribe = command({
  verb: 'SUBSCRIBE',
  when: 'authenticated',
  news: 'all',
  parse: scanMailbox,
  async run(_session, path, { store }) {
    const outcome = await store.subscribe(path)
    return outcome.kind === 'done' ? done('Subscribed') : refusal(outcome)
  },
})

/** UNSUBSCRIBE, from a name without a mailbox, too. RFC 9051 §6.3.8. */
export const unsubscribe = command({
  verb: 'UNSUBSCRIBE',
  when: 'authenticated',
  news: 'all',
  parse: scanMailbox,
  async run(_session, path, { store }) {
    const outcome = await store.unsubscribe(path)
    return outcome.kind === 'done' ? done('Unsubscribed') : refusal(outcome)
  },
})
