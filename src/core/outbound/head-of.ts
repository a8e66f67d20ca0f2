import { MAX_HEADER_BYTES } from '../../proto/mail/limits.ts'

/** The beginning of a message that comes in pieces: its header at least, when that is no longer than a header may be. */
export async function headOf(pieces: () => AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const piece of pieces()) {
    chunks.push(piece)
    length += piece.length
    if (length >= MAX_HEADER_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_HEADER_BYTES)
}
