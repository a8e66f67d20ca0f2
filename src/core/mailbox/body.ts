import { makeView, slicesOf } from '../../proto/mail/view.ts'
import type { Location } from './mailbox.ts'
import type { EmailBytes } from './sql-read.ts'

/** Gives bytes of a record in a segment. `infra/blob` does; core only names the place. */
export interface SegmentReader {
  /** Bytes `start` to `end` (exclusive) of a record. Throws `Unavailable` when the disk or the store does not answer, or the record is gone. */
  read(place: Extract<Location, { kind: 'segment' }>, start: number, end: number): AsyncIterable<Uint8Array>
}

/**
 * Bytes `start` to `end` (exclusive) of the view of an email: prefix + received bytes - skips. What is inline comes without
 * being copied; segments are pulled as fast as the reader reads.
 */
export async function* viewBytes(found: EmailBytes, segments: SegmentReader, start = 0, end = found.size): AsyncGenerator<Uint8Array> {
  const view = makeView(found.prefix.length, found.skips, found.rawSize)
  for (const slice of slicesOf(view, start, end)) {
    if (slice.of === 'prefix') yield found.prefix.subarray(slice.start, slice.end)
    else if (found.location.kind === 'inline') yield found.location.bytes.subarray(slice.start, slice.end)
    else yield* segments.read(found.location, slice.start, slice.end)
  }
}

/** The first `end` bytes of what is stored, in one piece, as they were received. What is inline is not copied. Throws as `SegmentReader.read` does. */
export async function storedBytes(location: Location, segments: SegmentReader, end: number): Promise<Uint8Array> {
  return location.kind === 'inline' ? location.bytes.subarray(0, end) : Buffer.concat(await Array.fromAsync(segments.read(location, 0, end)))
}
