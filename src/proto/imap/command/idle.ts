import { bad, command, done, noArguments, type Phase, type Tagged } from '../command.ts'
import { IDLE_POLL_MS, IDLE_POLLS } from '../limits.ts'
import { tellNews } from '../news.ts'
import type { Session } from '../session.ts'

/** Octets of a line in IDLE, which holds DONE and nothing else. */
const DONE_LINE = 64

/**
 * IDLE: the server speaks when there is news, until DONE. RFC 9051 §6.3.13, RFC 2177.
 *
 * Between two hints the session holds a timer and a callback, nothing more.
 */
export const idle = command({
  verb: 'IDLE',
  when: 'authenticated',
  news: 'all',
  parse: noArguments,
  async run(session, _, phase): Promise<Tagged> {
    session.out.text('+ idling\r\n')
    let polls = 0
    while (session.doomed === null && !session.out.gone) {
      if (phase.at === 'selected') await tellNews(session, phase.store, phase.box, 'all')
      session.out.spill()
      const heard = await listen(session, phase)
      if (heard === 'done') return done('Idled')
      if (heard === 'hint') continue
      polls += 1
      if (heard === 'gone') return bad('IDLE was cut off') // The next read sees why, and says goodbye.
      if (heard === 'else') return bad('Expected DONE')
      if (polls >= IDLE_POLLS) session.doomed = 'Autologout: begin IDLE anew within 29 minutes'
    }
    return done('Idled')
  },
})

/** Waits for DONE, a hint, or the time to look without one. */
async function listen(session: Session, phase: Phase): Promise<'done' | 'hint' | 'look' | 'gone' | 'else'> {
  const wake = new AbortController()
  const onHint = (): void => wake.abort()
  const unwatch = phase.at === 'selected' ? phase.store.watch(phase.box.id, onHint) : null
  session.signal.addEventListener('abort', onHint)
  try {
    const line = await session.wire.line(DONE_LINE, IDLE_POLL_MS, session.signal.aborted ? session.signal : wake.signal)
    switch (line.kind) {
      case 'line':
        return Buffer.from(line.bytes).toString('latin1').toUpperCase() === 'DONE' ? 'done' : 'else'
      case 'timeout':
        return 'look'
      case 'aborted':
        return session.signal.aborted ? 'gone' : 'hint'
      case 'end':
        return 'gone'
      default:
        return 'else'
    }
  } finally {
    unwatch?.()
    session.signal.removeEventListener('abort', onHint)
  }
}
