import { unreachable } from '../../base/unreachable.ts'
import type { Refused } from './backend.ts'
import { no, type Tagged } from './command.ts'

/** A refusal of the house in the words of the protocol. RFC 5530, RFC 9051 §7.1. */
export function refusal({ why }: Refused): Tagged {
  switch (why) {
    case 'no-such-mailbox':
      return no('There is no such mailbox', 'NONEXISTENT')
    case 'exists':
      return no('There is such a mailbox already', 'ALREADYEXISTS')
    case 'has-children':
      return no('Mailboxes are below it: delete them first', 'HASCHILDREN')
    case 'bad-name':
      return no('A mailbox cannot have that name', 'CANNOT')
    case 'forbidden':
      return no('That is not allowed', 'NOPERM')
    case 'over-quota':
      return no('That does not fit your quota', 'OVERQUOTA')
    case 'too-big':
      return no('The message is too large', 'TOOBIG')
    case 'limit':
      return no('That would be too many', 'LIMIT')
    default:
      return unreachable(why)
  }
}

/** The same for the destination of APPEND, COPY and MOVE: a missing one may be created. RFC 9051 §7.1, TRYCREATE. */
export function refusalOfTarget(refused: Refused): Tagged {
  return refused.why === 'no-such-mailbox' ? no('There is no such mailbox: create it first', 'TRYCREATE') : refusal(refused)
}
