import { reply, type Reply } from '../../proto/smtp/reply.ts'
import type { Added } from '../mailbox/mailbox.ts'

/** What the peer hears when a mailbox did not take its copy: for now when it is full, for good when it is gone. */
export function notAddedReply({ kind }: Exclude<Added, { readonly kind: 'added' }>): Reply {
  return kind === 'over-quota' ? reply(452, '4.2.2', 'The mailbox is full') : reply(550, '5.1.1', 'No such mailbox')
}
