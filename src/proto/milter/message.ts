import { Buffer } from 'node:buffer'
import { readHeader } from '../mail/headers.ts'
import { MAX_HEADER_BYTES } from '../mail/limits.ts'
import { BODY_CHUNK_BYTES } from './limits.ts'

/** A header field as filters are shown it: its name as it was written, and all that stands after the colon, without the last line ending. */
export interface RawField {
  readonly name: string
  readonly value: Uint8Array
}

/** A message cut in two. `body` can be pulled once, and need not be; `close` is called when no more of it is wanted. */
export interface CutMessage {
  readonly fields: readonly RawField[]
  readonly body: AsyncIterable<Uint8Array>
  readonly close: () => Promise<void>
}

const COLON = 58
const BLANK_LINE = '\r\n\r\n'

/** Reads the header of a message and leaves the body to be pulled, in pieces that fit into a packet. */
export async function cutMessage(bytes: AsyncIterable<Uint8Array>): Promise<CutMessage> {
  const source = bytes[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length <= MAX_HEADER_BYTES && !head.includes(BLANK_LINE)) {
    const next = await source.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  const { fields, end } = readHeader(head)
  return {
    fields: fields.map((field) => rawField(head.subarray(field.start, field.end))),
    body: pieces(head.subarray(end), source),
    async close() {
      await source.return?.()
    },
  }
}

function rawField(line: Buffer): RawField {
  const colon = line.indexOf(COLON)
  return { name: line.toString('latin1', 0, colon).trimEnd(), value: Buffer.from(line.toString('latin1', colon + 1).replace(/\r?\n$/, '').replaceAll('\r\n', '\n'), 'latin1') }
}

async function* pieces(first: Uint8Array, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let bytes: Uint8Array | null = first; bytes !== null; ) {
    for (let at = 0; at < bytes.length; at += BODY_CHUNK_BYTES) yield bytes.subarray(at, at + BODY_CHUNK_BYTES)
    const next: IteratorResult<Uint8Array> = await source.next()
    bytes = next.done === true ? null : next.value
  }
}
