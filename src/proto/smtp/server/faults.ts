import { Unavailable } from '../../../base/unavailable.ts'
import { type Reply, reply } from '../reply.ts'
import type { TextFault } from './text-check.ts'

/** The message is larger than we take. RFC 1870 §6.3. */
export const TOO_LARGE = reply(552, '5.3.4', 'The message is larger than we take')

/** The disk is full, or nearly. RFC 5321 §4.2.3. */
export const NO_ROOM = reply(452, '4.3.1', 'No room left for mail, try again later')

/** What the peer is told when something of ours failed: always to come back, never why. */
export function ourFault(error: unknown): Reply {
  if (error instanceof Unavailable && error.full) return NO_ROOM
  return reply(451, '4.3.0', 'Something of ours does not answer, try again later')
}

/** The refusal of a text that breaks the rules for lines. */
export function textFault(fault: TextFault): Reply {
  switch (fault) {
    case 'bare-line-end':
      return BARE_LINE_END
    case 'nul':
      return reply(550, '5.5.2', 'The text holds NUL: send it with BODY=BINARYMIME')
    case 'long-line':
      return reply(500, '5.5.2', 'The text has a line that is too long')
  }
}

/** RFC 5321 §2.3.8: nothing but CRLF ends a line, and CR and LF do not stand alone. */
export const BARE_LINE_END = reply(550, '5.5.2', 'Lines must end in CR LF, and neither may stand alone')
