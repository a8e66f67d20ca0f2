import { Buffer } from 'node:buffer'
import { meaning } from './fate.ts'
import type { Ledger } from './ledger.ts'
import { CHUNK_BYTES, FLUSH_BYTES, MAX_CHUNKS_UNANSWERED } from './limits.ts'
import type { OutgoingContent } from './outgoing.ts'
import { Stuffing } from './stuffing.ts'
import type { Talk } from './talk.ts'

/** Whether the end of the message was sent, so that its reply is to be awaited. If not, all recipients are settled. */
export type ContentSent = 'sent' | 'settled'

/**
 * Sends the content after 354, with the dot that ends it. RFC 5321 §4.1.1.4.
 *
 * The wire's back-pressure holds the source. A server that replies or leaves before the end has given up, and has not
 * got the message: no dot was sent. The connection is closed then, because nothing but content can be said on it.
 */
export async function sendData(talk: Talk, content: OutgoingContent, ledger: Ledger, signal: AbortSignal): Promise<ContentSent> {
  const { wire, options } = talk
  const stuffing = new Stuffing('dots')
  let sent = 0
  let unflushed = 0
  for await (const chunk of content.open(signal)) {
    for (let from = 0; from < chunk.length; from += FLUSH_BYTES) {
      const piece = stuffing.push(chunk.length <= FLUSH_BYTES ? chunk : chunk.subarray(from, from + FLUSH_BYTES))
      wire.write(piece)
      sent += piece.length
      unflushed += piece.length
      if (unflushed < FLUSH_BYTES) continue
      unflushed = 0
      const taken = await wire.flush(options.deadlines.blockMs, signal)
      if (!taken || wire.waiting > 0) return await givenUp(talk, ledger, signal)
    }
  }
  // A reply that is here before the end was said answers something else: taken for the last one it would lose the message.
  if (wire.waiting > 0) return await givenUp(talk, ledger, signal)
  wire.write(`${stuffing.end()}.\r\n`)
  options.transcript.note(`${sent} octets of content and the final dot sent`)
  return 'sent'
}

/** The server said something, or left, in the middle of the content. What it said decides when it is a refusal. */
async function givenUp(talk: Talk, ledger: Ledger, signal: AbortSignal): Promise<'settled'> {
  talk.options.transcript.note('The server did not take all of the content')
  // A reply may wait although the connection is gone; when it is, that is known at once.
  const heard = await talk.hear(talk.options.deadlines.quitMs, signal)
  if (heard.kind === 'reply' && heard.reply.code >= 400) ledger.refuse('content', heard.reply)
  else ledger.lose('content', heard.kind === 'lost' ? heard.how : 'broken-reply')
  talk.hangUp()
  return 'settled'
}

/**
 * Sends the content in chunks, the last of them marked. RFC 3030 §2.
 *
 * With PIPELINING some chunks are under way at a time. When one is refused the rest is not sent, the transaction is
 * left for RSET, and the connection goes on.
 */
export async function sendChunks(talk: Talk, content: OutgoingContent, ledger: Ledger, signal: AbortSignal): Promise<ContentSent> {
  const stuffing = new Stuffing(content.body === 'BINARYMIME' ? 'bytes' : 'lines')
  const allowed = talk.offered.pipelining ? MAX_CHUNKS_UNANSWERED : 1
  let gathered: Uint8Array[] = []
  let size = 0
  let unanswered = 0
  for await (const chunk of content.open(signal)) {
    for (let from = 0; from < chunk.length; from += CHUNK_BYTES) {
      const piece = stuffing.push(chunk.length <= CHUNK_BYTES ? chunk : chunk.subarray(from, from + CHUNK_BYTES))
      // A chunk is sent only when there is more after it, so that the last one carries LAST.
      if (size > 0 && size + piece.length > CHUNK_BYTES) {
        writeChunk(talk, gathered, size, 'more')
        gathered = []
        size = 0
        unanswered += 1
        if (!(await talk.wire.flush(talk.options.deadlines.blockMs, signal))) return await givenUp(talk, ledger, signal)
        while (unanswered >= allowed || (unanswered > 0 && talk.wire.waiting > 0)) {
          const taken = await chunkReply(talk, ledger, signal)
          unanswered -= 1
          if (!taken) return await skipChunks(talk, unanswered, ledger, signal)
        }
      }
      gathered.push(piece)
      size += piece.length
    }
  }
  const end = Buffer.from(stuffing.end())
  while (unanswered > 0) {
    // All chunks but the last are answered before it goes: once it has gone, a loss is a doubt.
    const taken = await chunkReply(talk, ledger, signal)
    unanswered -= 1
    if (!taken) return await skipChunks(talk, unanswered, ledger, signal)
  }
  if (talk.wire.waiting > 0) return await givenUp(talk, ledger, signal)
  writeChunk(talk, [...gathered, end], size + end.length, 'last')
  return 'sent'
}

function writeChunk(talk: Talk, pieces: readonly Uint8Array[], size: number, which: 'more' | 'last'): void {
  talk.say(which === 'last' ? `BDAT ${size} LAST` : `BDAT ${size}`)
  for (const piece of pieces) talk.wire.write(piece)
}

/** Whether the chunk was taken. If not, all recipients are settled, and the connection is closed when it was lost. */
async function chunkReply(talk: Talk, ledger: Ledger, signal: AbortSignal): Promise<boolean> {
  const heard = await talk.hear(talk.options.deadlines.blockMs, signal)
  if (heard.kind === 'lost') {
    ledger.lose('content', heard.how)
    return false
  }
  const meant = meaning(heard.reply, 2)
  if (meant === 'broken') {
    talk.lose('broken-reply')
    ledger.lose('content', 'broken-reply')
    return false
  }
  if (meant !== 'yes') ledger.refuse('content', heard.reply)
  return meant === 'yes'
}

/** Takes the replies to the chunks that were under way behind a refused one: they are refusals too, or do not matter. */
async function skipChunks(talk: Talk, unanswered: number, ledger: Ledger, signal: AbortSignal): Promise<'settled'> {
  for (let left = unanswered; left > 0 && talk.state !== 'closed'; left--) await chunkReply(talk, ledger, signal)
  return 'settled'
}
