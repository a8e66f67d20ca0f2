import { formatReply, isPositive, type Reply, reply } from '../reply.ts'
import type { EndReason, Outcome } from './backend.ts'
import type { CommandOf } from './command.ts'
import { Content } from './content.ts'
import { TOO_LARGE } from './faults.ts'
import { MAX_DISCARDED_BYTES } from './limits.ts'
import { receiveChunk, receiveData } from './receive.ts'
import { type Addressing, answer, type Greeted, misplaced, type OpenTransaction, type Phase, type Talk, type Turn } from './turn.ts'

const GO_AHEAD = formatReply(reply(354, null, 'Send the message, then a line with only a dot'))
const UNSYNCHRONIZED = reply(503, '5.5.1', 'You sent more without waiting, and PIPELINING was not offered to you')

/** DATA: a message of lines, up to CRLF.CRLF. RFC 5321 §4.1.1.4. */
export async function data(phase: Addressing, talk: Talk): Promise<Turn> {
  const { wire, backend, config, patience } = talk
  const { session, transaction } = phase
  if (transaction.recipients.length === 0) return nobody(phase, talk)
  if (transaction.sender.body === 'BINARYMIME') return misplaced(phase, 503, '5.5.1', 'BINARYMIME needs BDAT') // RFC 3030 §3.
  const greeted: Greeted = { at: 'greeted', session }
  if (isUnsynchronized(phase, talk)) return { phase: greeted, replies: [UNSYNCHRONIZED], bye: 'unsynchronized' }
  wire.write(GO_AHEAD)
  const content = new Content(transaction, 'data', backend, config)
  const received = await receiveData(wire, content, patience)
  if (received !== 'complete') {
    await content.abort()
    return cutOff(greeted, received, content.refusal)
  }
  const turn = await finished(greeted, transaction, content, talk)
  if (turn.bye !== undefined || !isUnsynchronized(phase, talk)) return turn
  return { ...turn, replies: [...turn.replies, UNSYNCHRONIZED], bye: 'unsynchronized' }
}

/** BDAT: a piece of a message, by octet count. The octets are read whatever the answer is: they follow unasked. RFC 3030 §2. */
export async function bdat(phase: Phase, { size, last }: CommandOf<'BDAT'>, talk: Talk): Promise<Turn> {
  const { wire, backend, config, patience } = talk
  if (phase.at === 'connected' || phase.at === 'greeted') {
    return await dropped(misplaced(phase, 503, '5.5.1', 'MAIL and RCPT first'), size, talk)
  }
  if (phase.transaction.recipients.length === 0) return await dropped(nobody(phase, talk), size, talk)
  const { session, transaction } = phase
  const greeted: Greeted = { at: 'greeted', session }
  const content = phase.at === 'chunks' ? phase.content : new Content(transaction, 'chunks', backend, config)
  if (content.total + size > config.maxMessageBytes) await content.refuse(TOO_LARGE)
  if (content.refusal !== null && size > MAX_DISCARDED_BYTES) {
    return { ...answer(greeted, content.refusal), bye: 'flood', inMessage: true }
  }
  const received = await receiveChunk(wire, size, content, patience)
  if (received !== 'complete') {
    await content.abort()
    return cutOff(greeted, received, content.refusal)
  }
  if (last) return await finished(greeted, transaction, content, talk)
  if (content.refusal === null) {
    return answer({ at: 'chunks', session, transaction, content }, reply(250, '2.0.0', `${size} octets received`))
  }
  await content.abort()
  return content.smuggles ? { ...answer(greeted, content.refusal), bye: 'bare-line-end' } : answer(greeted, content.refusal)
}

/** A chunk that cannot be taken here: its octets come all the same. */
async function dropped(turn: Turn, size: number, { wire, patience }: Talk): Promise<Turn> {
  if (size > MAX_DISCARDED_BYTES) return { ...turn, bye: 'flood' }
  const received = await receiveChunk(wire, size, null, patience)
  return received === 'complete' ? turn : cutOff(turn.phase, received, null)
}

/** No recipient was accepted, so there is no message: RFC 5321 §3.3 says 503 or 554, RFC 2033 §4.2 says 503. */
function nobody(phase: Phase, { flavour }: Talk): Turn {
  return answer(phase, reply(flavour === 'lmtp' ? 503 : 554, '5.5.1', 'No valid recipients'))
}

/**
 * A client that was not offered PIPELINING must wait for each reply (RFC 2920 §3.1); bytes that are there already may be
 * another message.
 */
function isUnsynchronized({ session }: Addressing, { flavour, wire }: Talk): boolean {
  return flavour === 'mx' && session.hello === 'HELO' && wire.waiting > 0
}

/** The message is complete: one reply, or in LMTP one for each recipient in order (RFC 2033 §4.2, duplicates too). */
async function finished(phase: Greeted, { recipients }: OpenTransaction, content: Content, { flavour, config }: Talk): Promise<Turn> {
  const outcome = await content.finish()
  const replies = flavour === 'lmtp' ? forEach(outcome, recipients.length) : forAll(outcome)
  if (replies === null) {
    config.onError(new Error(`the backend gave a wrong number of replies for ${recipients.length} recipients`), 'message')
    const failed = reply(451, '4.3.0', 'Something of ours failed, try again later')
    return { phase, replies: flavour === 'lmtp' ? recipients.map(() => failed) : [failed] }
  }
  const turn: Turn = { phase, replies }
  if (content.smuggles) return { ...turn, bye: 'bare-line-end' }
  const counted: Turn = replies.some(isPositive) ? { ...turn, counts: 'message' } : turn
  return outcome.kind === 'all' && outcome.close ? { ...counted, bye: 'closed' } : counted
}

function forEach(outcome: Outcome, recipients: number): readonly Reply[] | null {
  if (outcome.kind === 'all') return Array.from({ length: recipients }, () => outcome.reply)
  return outcome.replies.length === recipients ? outcome.replies : null
}

function forAll(outcome: Outcome): readonly Reply[] | null {
  return outcome.kind === 'all' ? [outcome.reply] : null
}

/** The message did not come to its end, so the connection cannot go on. */
function cutOff(phase: Phase, how: Extract<EndReason, 'left' | 'timeout' | 'flood'>, refusal: Reply | null): Turn {
  const replies = how === 'timeout' ? [reply(421, '4.4.2', 'The message did not come to its end in time')] : []
  return { phase, replies: how === 'flood' && refusal !== null ? [refusal] : replies, bye: how, inMessage: true }
}
