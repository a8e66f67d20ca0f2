import { command, done } from '../command.ts'
import { refusal } from '../refusal.ts'
import { scanMailbox } from '../scan.ts'

/** DELETE. RFC 9051 §6.3.5. The name stays subscribed to (§6.3.7). One that is selected here is left first. */
export const deleteMailbox = command({
  verb: 'DELETE',
  when: 'authenticated',
  news: 'all',
  parse: scanMailbox,
  async run(session, path, { store }) {
    const outcome = await store.delete(path)
    if (outcome.kind === 'refused') return refusal(outcome)
    const { phase } = session
    if (phase.at === 'selected' && phase.box.path === path) session.select(store, null)
    return done('Deleted')
  },
})
