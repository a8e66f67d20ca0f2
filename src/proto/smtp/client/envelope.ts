import type { Recipient } from '../envelope.ts'
import type { Reply } from '../reply.ts'
import { mailCommand, rcptCommand, wantsUtf8 } from './command.ts'
import { meaning, refusedBy } from './fate.ts'
import type { Ledger } from './ledger.ts'
import { type Deadlines, MAX_EAGER_DATA_BYTES, MAX_GROUP } from './limits.ts'
import type { Outgoing } from './outgoing.ts'
import type { Talk } from './talk.ts'

/** A command of the envelope, and what its reply decides. */
interface Step {
  readonly stage: 'reset' | 'mail' | 'rcpt' | 'data'
  readonly command: string
  /** The recipient's place in the message, for RCPT. */
  readonly index: number
}

/** What the replies have come to: go on; the message is refused as a whole; or the connection is gone. In the latter two all is settled. */
type Progress = 'go' | 'refused' | 'over'

const DATA: Step = { stage: 'data', command: 'DATA', index: -1 }

/**
 * Sends MAIL, RCPT for each recipient that is still open, and DATA unless the content goes by BDAT. RFC 5321 §3.3.
 *
 * True when the content may follow, for the recipients in `ledger.accepted`; else all are settled. With PIPELINING the
 * commands go in groups, DATA with them when there is one recipient and little content (RFC 2920 §3.1); otherwise one by one.
 */
export async function sendEnvelope(talk: Talk, outgoing: Outgoing, ledger: Ledger, framing: 'data' | 'chunks', signal: AbortSignal): Promise<boolean> {
  const steps = stepsOf(talk, outgoing, ledger)
  const eager = framing === 'data' && steps.filter(({ stage }) => stage === 'rcpt').length === 1 && outgoing.content.sizeBytes <= MAX_EAGER_DATA_BYTES
  if (eager && talk.offered.pipelining) steps.push(DATA)
  const groupSize = talk.offered.pipelining ? MAX_GROUP : 1
  talk.needsReset = true // Until the message's end has been answered.
  for (let from = 0; from < steps.length; from += groupSize) {
    if ((await sendGroup(talk, steps.slice(from, from + groupSize), ledger, signal)) !== 'go') return false
  }
  if (ledger.accepted.length === 0) return false
  if (framing === 'chunks' || steps.includes(DATA)) return true
  return (await sendGroup(talk, [DATA], ledger, signal)) === 'go'
}

function stepsOf(talk: Talk, outgoing: Outgoing, ledger: Ledger): Step[] {
  const indexes = ledger.open()
  const recipients = indexes.flatMap((index) => outgoing.recipients[index] ?? [])
  const utf8 = wantsUtf8(outgoing, recipients)
  const mail = mailCommand(outgoing, talk.offered, { utf8, login: talk.loggedIn })
  const steps: Step[] = talk.needsReset ? [{ stage: 'reset', command: 'RSET', index: -1 }] : []
  steps.push({ stage: 'mail', command: mail, index: -1 })
  for (const [at, index] of indexes.entries()) {
    // `at` is below the length: both arrays come from the same indexes.
    steps.push({ stage: 'rcpt', command: rcptCommand(recipients[at] as Recipient, talk.offered, utf8), index })
  }
  return steps
}

/** Writes a group, then takes its replies in order. All of them are awaited, also when the first has decided: they come anyway. */
async function sendGroup(talk: Talk, group: readonly Step[], ledger: Ledger, signal: AbortSignal): Promise<Progress> {
  for (const { command } of group) talk.say(command)
  let progress: Progress = 'go'
  for (const step of group) {
    const heard = await talk.hear(deadlineOf(step.stage, talk.options.deadlines), signal)
    if (heard.kind === 'lost') {
      ledger.lose(step.stage, heard.how)
      return 'over'
    }
    if (heard.reply.code === 421) {
      ledger.refuse(step.stage, heard.reply)
      return 'over'
    }
    const next = await decide(talk, step, heard.reply, ledger, signal)
    if (next === 'over') return 'over'
    if (next === 'refused') progress = 'refused'
  }
  return progress
}

function deadlineOf(stage: Step['stage'], deadlines: Deadlines): number {
  if (stage === 'data') return deadlines.dataMs
  return stage === 'rcpt' ? deadlines.rcptMs : deadlines.mailMs
}

/** What one reply decides. */
async function decide(talk: Talk, { stage, index }: Step, reply: Reply, ledger: Ledger, signal: AbortSignal): Promise<Progress> {
  const meant = meaning(reply, stage === 'data' ? 3 : 2)
  // 250 to DATA, or 354 to RCPT: the server and we do not count the same replies. A 334 is no 354 either.
  if (meant === 'broken' || (stage === 'data' && meant === 'yes' && reply.code !== 354)) {
    talk.lose('broken-reply')
    ledger.lose(stage, 'broken-reply')
    return 'over'
  }
  if (stage === 'rcpt') {
    if (meant === 'yes') ledger.accepted.push(index)
    else ledger.settle(index, tooMany(reply) ? { kind: 'temporary', stage, cause: { by: 'reply', reply } } : refusedBy(stage, reply))
    return 'go'
  }
  if (stage === 'data' && meant === 'yes' && ledger.open().length === 0) return await dismiss(talk, signal)
  if (meant === 'yes') return 'go'
  ledger.refuse(stage, reply)
  if (stage !== 'reset') return 'refused'
  talk.hangUp() // A server that cannot forget the last message gets no other one.
  return 'over'
}

/** RFC 2920 §3.1: DATA was granted although nobody is left to deliver to. Nothing but the end is sent, and its reply is of no interest. */
async function dismiss(talk: Talk, signal: AbortSignal): Promise<Progress> {
  if (talk.options.flavour === 'lmtp') {
    talk.hangUp() // RFC 2033 §4.2: a reply for each recipient, so to an end for nobody there would be none.
    return 'over'
  }
  talk.say('.', '(no content)')
  await talk.hear(talk.options.deadlines.finalMs, signal)
  return talk.state === 'closed' ? 'over' : 'refused'
}

/** RFC 5321 §4.5.3.1.10: a 552 for the number of recipients means what 452 says. A 552 5.2.2 is a full mailbox. */
function tooMany({ code, status, text }: Reply): boolean {
  return code === 552 && (status === '5.5.3' || /too many (?:recipients|rcpts?)/i.test(text))
}
