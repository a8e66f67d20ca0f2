import type { Wire } from '../../base/wire.ts'
import type { Reply } from '../smtp/reply.ts'
import { reply } from '../smtp/reply.ts'
import { type Answer, type Change, parseAnswer } from './answer.ts'
import { MAX_CHANGES, MAX_CHANGES_BYTES, MAX_PROGRESS } from './limits.ts'
import { cutMessage } from './message.ts'
import { type Agreed, agree, offer, type Step } from './options.ts'
import { encodePacket, hearPacket } from './packet.ts'
import { endOf, type MilterMail, stepsOf } from './steps.ts'

/** How long a filter may take. */
export interface MilterDeadlines {
  /** To answer one step, and to take one packet. */
  readonly stepMs: number
  /** To answer the end of the message. */
  readonly endMs: number
}

/** What a filter made of a message. */
export type MilterOutcome =
  /** It may pass: with these changes, to all recipients but these (indexes), and to be looked at first when `quarantine` gives a reason. */
  | { readonly kind: 'passed'; readonly changes: readonly Change[]; readonly quarantine: string | null; readonly refused: readonly number[]; readonly unoffered: number }
  /** 5yz for all. */
  | { readonly kind: 'refused'; readonly reply: Reply }
  /** 4yz for all. */
  | { readonly kind: 'deferred'; readonly reply: Reply }
  /** To be taken and thrown away. */
  | { readonly kind: 'discarded' }
  /** It is not there, or what it says makes no sense. `detail` is for the log. */
  | { readonly kind: 'failed'; readonly detail: string }

const REFUSED = reply(550, '5.7.1', 'Refused by a filter')
const DEFERRED = reply(451, '4.7.1', 'A filter asks you to come back later')

/**
 * Shows a message, which is here already, to a milter and hears what becomes of it: the client's side of libmilter's protocol, version 6. All steps
 * are played in order, from the connection to the end of the body. One message for each connection. Nothing that a filter does is thrown.
 */
export async function askMilter(wire: Wire, mail: MilterMail, deadlines: MilterDeadlines, signal: AbortSignal): Promise<MilterOutcome> {
  try {
    return await converse(wire, mail, deadlines, signal)
  } finally {
    wire.write(encodePacket('Q')) // A filter that has gone does not mind.
    wire.end()
  }
}

async function converse(wire: Wire, mail: MilterMail, deadlines: MilterDeadlines, signal: AbortSignal): Promise<MilterOutcome> {
  wire.write(offer())
  const heard = await hearPacket(wire, deadlines.stepMs, signal)
  if (heard.kind !== 'packet') return { kind: 'failed', detail: `options: ${heard.kind}` }
  const agreed = agree(heard.packet)
  if (agreed === null) return { kind: 'failed', detail: 'options: not understood' }
  const { fields, body, close } = await cutMessage(mail.bytes)
  try {
    const refused: number[] = []
    const told = (await tell(wire, stepsOf(mail, fields, agreed), agreed, refused, deadlines, signal)) ?? noneLeft(mail, refused) ?? (await tellBody(wire, body, agreed, refused, deadlines, signal))
    if (told !== null) return told
    wire.write(endOf(mail))
    return await hearEnd(wire, refused, deadlines, signal)
  } finally {
    await close()
  }
}

/** Plays the steps before the body. Null when the filter wants to hear more. */
async function tell(wire: Wire, steps: ReturnType<typeof stepsOf>, agreed: Agreed, refused: number[], { stepMs }: MilterDeadlines, signal: AbortSignal): Promise<MilterOutcome | null> {
  let recipient = -1
  for (const { step, packet } of steps) {
    wire.write(packet)
    if (step === 'rcpt') recipient += 1
    if (step === 'macros' || agreed.silent.has(step)) continue
    const answer = await hearAnswer(wire, stepMs, signal)
    // The others may still have it: RFC 5321 §3.3, each recipient has an answer of its own.
    if (step === 'rcpt' && (answer.kind === 'reject' || answer.kind === 'tempfail' || answer.kind === 'reply')) {
      refused.push(recipient)
      continue
    }
    const outcome = outcomeOf(answer, step, refused)
    if (outcome !== null) return outcome
  }
  return null
}

function noneLeft({ recipients }: MilterMail, refused: readonly number[]): MilterOutcome | null {
  return refused.length > 0 && refused.length === recipients.length ? { kind: 'refused', reply: REFUSED } : null
}

async function tellBody(wire: Wire, body: AsyncIterable<Uint8Array>, agreed: Agreed, refused: readonly number[], { stepMs }: MilterDeadlines, signal: AbortSignal): Promise<MilterOutcome | null> {
  if (agreed.unwanted.has('body')) return null
  for await (const piece of body) {
    wire.write(encodePacket('B', piece))
    if (!(await wire.flush(stepMs, signal))) return { kind: 'failed', detail: 'body: it does not listen' }
    if (agreed.silent.has('body')) continue
    const answer = await hearAnswer(wire, stepMs, signal)
    if (answer.kind === 'skip') return null // SMFIP_SKIP: it has seen enough of the body.
    const outcome = outcomeOf(answer, 'body', refused)
    if (outcome !== null) return outcome
  }
  return null
}

/** Changes come before the last word. */
async function hearEnd(wire: Wire, refused: readonly number[], { endMs }: MilterDeadlines, signal: AbortSignal): Promise<MilterOutcome> {
  const changes: Change[] = []
  let bytes = 0
  let quarantine: string | null = null
  let unoffered = 0
  for (let heard = 0; heard <= MAX_CHANGES; heard++) {
    const answer = await hearAnswer(wire, endMs, signal)
    switch (answer.kind) {
      case 'change':
        changes.push(answer.change)
        bytes += answer.change.name.length + (answer.change.value?.length ?? 0)
        if (bytes > MAX_CHANGES_BYTES) return { kind: 'failed', detail: 'end: too many changes' }
        break
      case 'quarantine':
        quarantine = answer.reason
        break
      case 'unoffered':
        unoffered += 1
        break
      case 'continue':
      case 'accept':
        return { kind: 'passed', changes, quarantine, refused, unoffered }
      default:
        return outcomeOf(answer, 'end', refused) ?? { kind: 'failed', detail: `end: ${answer.kind}` }
    }
  }
  return { kind: 'failed', detail: 'end: too many changes' }
}

/** What an answer means for the whole message; null when the conversation goes on. */
function outcomeOf(answer: Answer | { readonly kind: 'lost'; readonly how: string }, step: Step | 'end', refused: readonly number[]): MilterOutcome | null {
  switch (answer.kind) {
    case 'continue':
      return null
    case 'accept':
      return { kind: 'passed', changes: [], quarantine: null, refused, unoffered: 0 }
    case 'reject':
      return { kind: 'refused', reply: REFUSED }
    case 'tempfail':
      return { kind: 'deferred', reply: DEFERRED }
    case 'reply':
      return { kind: answer.reply.code >= 500 ? 'refused' : 'deferred', reply: answer.reply }
    case 'discard':
      return { kind: 'discarded' }
    case 'lost':
      return { kind: 'failed', detail: `${step}: ${answer.how}` }
    default:
      return { kind: 'failed', detail: `${step}: ${answer.kind}` }
  }
}

/** The next answer that is one: "still working" begins the wait anew, so often. */
async function hearAnswer(wire: Wire, withinMs: number, signal: AbortSignal): Promise<Answer | { readonly kind: 'lost'; readonly how: string }> {
  for (let waited = 0; waited <= MAX_PROGRESS; waited++) {
    const heard = await hearPacket(wire, withinMs, signal)
    if (heard.kind !== 'packet') return { kind: 'lost', how: heard.kind }
    const answer = parseAnswer(heard.packet)
    if (answer.kind !== 'progress') return answer
  }
  return { kind: 'lost', how: 'only progress' }
}
