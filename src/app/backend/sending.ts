import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Identity } from '../../core/access/identity.ts'
import type { SendingGate } from '../../core/filter/outbound/gate.ts'
import type { Reply } from '../../proto/smtp/reply.ts'

/** What decides how much may be submitted. */
export interface SubmissionHouse {
  readonly gate: SendingGate
  readonly clock: Clock
  readonly log: Log
}

/** Why whoever has logged in may not send a message to so many recipients now, or null. Whoever has not logged in sends nothing of ours. */
export async function stopSending({ gate, clock, log }: SubmissionHouse, identity: Identity | null, recipients: number): Promise<Reply | null> {
  if (identity === null) return null
  const may = await gate.mayStillSend(identity, { messages: 1, recipients }, clock.nowMs())
  if (may.kind === 'refused') {
    log.info('submission.stopped', { account: identity.account, reply: may.reply.text })
    return may.reply
  }
  if (may.warn !== undefined) log.warn('submission.near_cap', { account: identity.account, near: may.warn })
  return null
}
