import { bad, type Command, command, done, no } from '../command.ts'
import { refusalOfTarget } from '../refusal.ts'
import type { Scanner } from '../scanner.ts'
import { intersect, pickSeqs, pickUids } from '../uid-map.ts'
import { formatNumbers, rangesOf } from '../uid-set.ts'

/** COPY. RFC 9051 §6.4.7. */
export const copy: Command = transfer('COPY', 'copy', 'seq')
/** UID COPY. */
export const uidCopy: Command = transfer('UID COPY', 'copy', 'uid')
/** MOVE, atomic. RFC 9051 §6.4.8, RFC 6851. */
export const move: Command = transfer('MOVE', 'move', 'seq')
/** UID MOVE. */
export const uidMove: Command = transfer('UID MOVE', 'move', 'uid')

function transfer(verb: string, how: 'copy' | 'move', numbers: 'seq' | 'uid'): Command {
  return command({
    verb,
    when: 'selected',
    news: 'all',
    parse: (s: Scanner) => {
      s.need(' ')
      const set = s.set()
      s.need(' ')
      return { set, to: s.mailbox() }
    },
    async run(session, { set, to }, { store, box }) {
      if (how === 'move' && box.access === 'read') return no('The mailbox is open for reading only', 'NOPERM')
      const uids = (numbers === 'uid' ? pickUids : pickSeqs)(box.map, set, box.saved)
      if (uids === null) return bad('There is no message of that number')
      if (uids.length === 0) return done('There was nothing to do')
      const copied = await (how === 'copy' ? store.copy(box.id, uids, to) : store.move(box.id, uids, to))
      if (copied.kind === 'refused') return refusalOfTarget(copied)
      const { from, uidvalidity } = copied
      if (from.length === 0) return done('Those messages are gone', 'EXPUNGEISSUED')
      const code = `COPYUID ${uidvalidity} ${formatNumbers(from)} ${formatNumbers(copied.to)}`
      if (how === 'copy') return done('Copied', code)
      session.untagged(`OK [${code}] Moved`) // RFC 6851 §4.3: before the EXPUNGEs.
      box.owe(intersect(box.map, rangesOf(from)))
      if (copied.span !== null) box.passed(copied.span)
      return done('Moved')
    },
  })
}
