import { isAscii } from 'node:buffer'
import { makeView, slicesOf, type View } from '../../proto/mail/view.ts'
import type { OutgoingContent } from '../../proto/smtp/client/outgoing.ts'
import type { SegmentReader } from '../mailbox/body.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import type { StoredMessage } from '../queue/sql-message.ts'
import { SNIFF_BYTES } from './limits.ts'

const HEADER_END = Buffer.from('\r\n\r\n')

/** Makes the signatures of a message from its bytes; '' for none. */
export type Sign = (delivery: LeasedDelivery, pieces: () => AsyncIterable<Uint8Array>) => Promise<string>

/**
 * A stored message as the next hop gets it: signatures + prefix + received bytes - skips. What is in it is looked at, because what was
 * declared of it may be wrong.
 */
export async function contentOf(delivery: LeasedDelivery, stored: StoredMessage, segments: SegmentReader, sign: Sign): Promise<OutgoingContent> {
  const { view, wishes } = delivery
  const plain = reader(view.prefix, view.skips, stored, segments)
  const seen = await look(plain)
  const body = wishes.body === 'BINARYMIME' ? 'BINARYMIME' : seen.body
  // RFC 6376 §5.3: what has no lines cannot be signed.
  const signatures = body === 'BINARYMIME' ? '' : await sign(delivery, () => plain.pieces(0, plain.size))
  const signed = signatures === '' ? plain : reader(signatures + view.prefix, view.skips, stored, segments)
  return { sizeBytes: signed.size, body, utf8Header: seen.utf8Header, open: () => signed.pieces(0, signed.size) }
}

/** A message that can be read, in parts and again. */
interface Readable {
  readonly size: number
  readonly pieces: (start: number, end: number) => AsyncIterable<Uint8Array>
}

function reader(prefix: string, skips: LeasedDelivery['view']['skips'], stored: StoredMessage, segments: SegmentReader): Readable {
  const before = Buffer.from(prefix)
  const view = makeView(before.length, skips, stored.sizeBytes)
  return { size: view.size, pieces: (start, end) => read(view, before, stored, segments, start, end) }
}

async function* read(view: View, prefix: Uint8Array, { location }: StoredMessage, segments: SegmentReader, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (const slice of slicesOf(view, start, end)) {
    if (slice.of === 'prefix') yield prefix.subarray(slice.start, slice.end)
    else if (location.kind === 'inline') yield location.bytes.subarray(slice.start, slice.end)
    else yield* segments.read(location, slice.start, slice.end)
  }
}

/** Whether any byte is above 127, and whether one of the header is. */
async function look({ size, pieces }: Readable): Promise<{ readonly body: '7BIT' | '8BITMIME'; readonly utf8Header: boolean }> {
  let ascii = true
  for await (const piece of pieces(0, size)) {
    ascii = isAscii(piece)
    if (!ascii) break
  }
  if (ascii) return { body: '7BIT', utf8Header: false }
  const head = Buffer.concat(await Array.fromAsync(pieces(0, Math.min(size, SNIFF_BYTES))))
  const end = head.indexOf(HEADER_END)
  return { body: '8BITMIME', utf8Header: !isAscii(end === -1 ? head : head.subarray(0, end)) }
}
