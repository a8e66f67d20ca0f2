import type { Wire } from '../../base/wire.ts'
import { MAX_CHUNK_BYTES, MAX_REPLY_BYTES } from './limits.ts'
import { type ClamdVersion, parseScanReply, parseVersionReply, type ScanReply } from './reply.ts'

/** How long clamd may take. */
export interface ClamdDeadlines {
  /** To take a chunk. */
  readonly blockMs: number
  /** To say what it found, counted from the last byte. */
  readonly replyMs: number
}

/** What became of a scan: what clamd said, or that it did not (`lost`), and how many octets had been sent to it by then. */
export type Scanned = ScanReply | (Lost & { readonly sent: number })

interface Lost {
  readonly kind: 'lost'
  readonly how: 'end' | 'timeout' | 'aborted' | 'broken'
}

type Heard = { readonly kind: 'reply'; readonly text: string } | Lost

/** The length of the empty chunk that ends a stream. */
const END = new Uint8Array(4)

/**
 * Has clamd scan a stream: `zINSTREAM`, then chunks with their length in four octets, big end first, then an empty one. clamd(8).
 * The body is pulled only as fast as clamd takes it. One command for each connection: clamd closes it afterwards, and so do we.
 */
export async function scanStream(wire: Wire, body: AsyncIterable<Uint8Array>, deadlines: ClamdDeadlines, signal: AbortSignal): Promise<Scanned> {
  try {
    wire.write('zINSTREAM\0')
    const sent = await sendChunks(wire, body, deadlines, signal)
    const heard = await hear(wire, deadlines.replyMs, signal)
    return heard.kind === 'reply' ? parseScanReply(heard.text) : { ...heard, sent }
  } finally {
    wire.end()
  }
}

/** Asks whether clamd is alive. */
export async function ping(wire: Wire, deadlines: ClamdDeadlines, signal: AbortSignal): Promise<boolean> {
  wire.write('zPING\0')
  const heard = await hear(wire, deadlines.replyMs, signal)
  wire.end()
  return heard.kind === 'reply' && heard.text.trim() === 'PONG'
}

/** Asks what clamd is and how old its signatures are; null when it does not say. */
export async function version(wire: Wire, deadlines: ClamdDeadlines, signal: AbortSignal): Promise<ClamdVersion | null> {
  wire.write('zVERSION\0')
  const heard = await hear(wire, deadlines.replyMs, signal)
  wire.end()
  return heard.kind === 'reply' ? parseVersionReply(heard.text) : null
}

async function sendChunks(wire: Wire, body: AsyncIterable<Uint8Array>, { blockMs }: ClamdDeadlines, signal: AbortSignal): Promise<number> {
  let sent = 0
  for await (const bytes of body) {
    for (let at = 0; at < bytes.length; at += MAX_CHUNK_BYTES) {
      const chunk = bytes.subarray(at, at + MAX_CHUNK_BYTES)
      writeChunk(wire, chunk)
      sent += chunk.length
      // It speaks before the end only to refuse the rest: over its StreamMaxLength it answers and hangs up.
      if (!(await wire.flush(blockMs, signal)) || wire.waiting > 0) return sent
    }
  }
  wire.write(END)
  return sent
}

function writeChunk(wire: Wire, bytes: Uint8Array): void {
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, bytes.length)
  wire.write(length)
  wire.write(bytes)
}

/** A reply ends with NUL, because the command began with `z`. What ends otherwise, or not in time, is none. */
async function hear(wire: Wire, withinMs: number, signal: AbortSignal): Promise<Heard> {
  const parts: Uint8Array[] = []
  for (let size = 0; ; ) {
    const taken = await wire.take(MAX_REPLY_BYTES - size, withinMs, signal)
    if (taken.kind !== 'bytes') return { kind: 'lost', how: taken.kind }
    const end = taken.bytes.indexOf(0)
    parts.push(taken.bytes.slice(0, end === -1 ? undefined : end))
    if (end !== -1) return { kind: 'reply', text: Buffer.concat(parts).toString('utf8') }
    size += taken.bytes.length
    if (size >= MAX_REPLY_BYTES) return { kind: 'lost', how: 'broken' }
  }
}
