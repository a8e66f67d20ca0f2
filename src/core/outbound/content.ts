import { isAscii } from 'node:buffer'
import { makeView, slicesOf, type View } from '../../proto/mail/view.ts'
import type { OutgoingContent } from '../../proto/smtp/client/outgoing.ts'
import type { SegmentReader } from '../mailbox/body.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import type { StoredMessage } from '../queue/sql-message.ts'
import { SNIFF_BYTES } from './limits.ts'

const HEADER_END = Buffer.from('\r\n\r\n')

/** A stored message as the next hop gets it: prefix + received bytes - skips. What is in it is looked at, because what was declared of it may be wrong. */
export async function contentOf({ view: { prefix, skips }, wishes }: Pick<LeasedDelivery, 'view' | 'wishes'>, stored: StoredMessage, segments: SegmentReader): Promise<OutgoingContent> {
  const before = Buffer.from(prefix)
  const view = makeView(before.length, skips, stored.sizeBytes)
  const pieces = (start: number, end: number) => read(view, before, stored, segments, start, end)
  const seen = await look(pieces, view.size)
  const body = wishes.body === 'BINARYMIME' ? 'BINARYMIME' : seen.body
  return { sizeBytes: view.size, body, utf8Header: seen.utf8Header, open: () => pieces(0, view.size) }
}

async function* read(view: View, prefix: Uint8Array, { location }: StoredMessage, segments: SegmentReader, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (const slice of slicesOf(view, start, end)) {
    if (slice.of === 'prefix') yield prefix.subarray(slice.start, slice.end)
    else if (location.kind === 'inline') yield location.bytes.subarray(slice.start, slice.end)
    else yield* segments.read(location, slice.start, slice.end)
  }
}

/** Whether any byte is above 127, and whether one of the header is. */
async function look(pieces: (start: number, end: number) => AsyncIterable<Uint8Array>, size: number): Promise<{ readonly body: '7BIT' | '8BITMIME'; readonly utf8Header: boolean }> {
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
