import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'

/** Seconds between 1900, where NTP begins, and 1970. RFC 5905 §6. */
const EPOCH = 2_208_988_800

const PACKET_BYTES = 48

/** Whom to ask. */
export interface AskTimeOptions {
  readonly address: string
  readonly port: number
  readonly withinMs: number
  readonly nowMs: () => number
}

/** How far our clock is from the server's: positive when ours is behind. */
export type ToldTime = { readonly kind: 'told'; readonly offsetMs: number } | { readonly kind: 'failed'; readonly why: string }

/** Asks a time server once, by SNTP (RFC 4330 §5). An answer that does not repeat what we sent is somebody else's, and is not taken. Never rejects for what a network does. */
export async function askTime({ address, port, withinMs, nowMs }: AskTimeOptions, signal: AbortSignal): Promise<ToldTime> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const within = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
  const { promise, resolve } = Promise.withResolvers<ToldTime>()
  const asked = Buffer.alloc(PACKET_BYTES)
  asked[0] = 0x23 // Version 4, client.
  randomBytes(8).copy(asked, 40) // Any number will do: the server repeats it, and need not know our time.
  const failed = (why: string): void => resolve({ kind: 'failed', why })
  within.addEventListener('abort', () => failed(`no answer within ${withinMs} ms`), { once: true })
  socket.on('error', (error) => failed(error.message))
  let sentMs = nowMs()
  socket.on('message', (answer) => {
    const receivedMs = nowMs()
    const read = readAnswer(answer, asked)
    if (read === 'foreign') return
    resolve(read === 'useless' ? { kind: 'failed', why: 'the server has no time itself' } : { kind: 'told', offsetMs: (read.arrivedMs - sentMs + read.leftMs - receivedMs) / 2 })
  })
  socket.connect(port, address, () => {
    sentMs = nowMs()
    socket.send(asked)
  })
  try {
    return await promise
  } finally {
    socket.close()
  }
}

/** The times of an answer. RFC 4330 §5: a mode of 4, a leap indicator other than 3, and a stratum of 1 to 15 make one that may be used. */
export function readAnswer(answer: Uint8Array, asked: Uint8Array): { readonly arrivedMs: number; readonly leftMs: number } | 'foreign' | 'useless' {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.length)
  if (bytes.length < PACKET_BYTES || !bytes.subarray(24, 32).equals(asked.subarray(40, 48))) return 'foreign'
  const [first = 0, stratum = 0] = bytes
  if ((first & 7) !== 4 || first >> 6 === 3 || stratum === 0 || stratum > 15) return 'useless'
  return { arrivedMs: timeAt(bytes, 32), leftMs: timeAt(bytes, 40) }
}

/** A time stamp: seconds, and a fraction of 2^32. The era that began in 2036 has small numbers. */
function timeAt(bytes: Buffer, at: number): number {
  const seconds = bytes.readUInt32BE(at)
  const era = seconds < 0x8000_0000 ? 2 ** 32 : 0
  return (seconds + era - EPOCH) * 1_000 + (bytes.readUInt32BE(at + 4) * 1_000) / 2 ** 32
}
