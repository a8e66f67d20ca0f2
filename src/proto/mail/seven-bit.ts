import { Buffer } from 'node:buffer'
import { bodyDecoder } from './decode-body.ts'
import { bodyEncoder } from './encode-stream.ts'
import { GapFilter } from './gap-filter.ts'
import { MAX_HEADER_BYTES } from './limits.ts'
import { MimeIndexer } from './mime-index.ts'
import type { MessageIndex, Part } from './part.ts'
import { type PartFacts, partFacts, rewriteHeader } from './seven-bit-header.ts'
import { BodyScan, type BodyFacts } from './seven-bit-scan.ts'

/** A message that can be read in pieces, any part of it and again. */
export interface MessageSource {
  readonly size: number
  /** Bytes `start` to `end` (exclusive). */
  readonly pieces: (start: number, end: number) => AsyncIterable<Uint8Array>
}

/**
 * Why a message cannot become 7-bit. `signed`: what is inside multipart/signed must stay as it is (RFC 1847 §2.1). `not-encodable`: a part whose type
 * or encoding allows none (RFC 2045 §6.4), or parts beyond our limits. `header`: a header field that is not ASCII and has no other form that we know.
 */
export type SevenBitFault = 'signed' | 'not-encodable' | 'header'

/** A message made fit for servers that take 7-bit lines only, or why it cannot be. */
export type SevenBit = { readonly kind: 'converted'; readonly message: MessageSource } | { readonly kind: 'impossible'; readonly why: SevenBitFault }

/**
 * Makes a message 7-bit: the gateway transformation that RFC 6152 §3 (1) speaks of. Each part that is not yet becomes quoted-printable or base64, and
 * decodes to the bytes it had; multiparts and messages inside keep their shape, say `7bit`, and are never encoded themselves. What comes out is ASCII
 * without NUL in lines that end in CRLF, and no encoded line is over 76 characters.
 *
 * Nothing is held but one header and a piece: the message is read several times. Signatures made over the old form break.
 */
export async function toSevenBit(source: MessageSource): Promise<SevenBit> {
  const index = await indexOf(source)
  // What we have not looked into might hold parts that must not be encoded.
  const hides = index.defects.some((defect) => defect === 'too-deep' || defect === 'too-many-parts' || defect === 'encoded-container')
  try {
    const steps: Step[] = []
    await new Planner(source, steps, hides).part(index.root, 'root')
    let size = 0
    for await (const piece of run(source, steps)) size += piece.length
    return { kind: 'converted', message: { size, pieces: (start, end) => cut(run(source, steps), start, end) } }
  } catch (error) {
    if (error instanceof Impossible) return { kind: 'impossible', why: error.why }
    throw error
  }
}

/** What comes next in the new message. */
type Step =
  | { readonly do: 'write'; readonly bytes: Uint8Array }
  /** A body that is 7-bit already. */
  | { readonly do: 'copy'; readonly start: number; readonly end: number }
  /** What stands between parts: delimiters, and words for readers that know no MIME. */
  | { readonly do: 'gap'; readonly start: number; readonly end: number }
  | { readonly do: 'encode'; readonly start: number; readonly end: number; readonly from: string; readonly to: 'quoted-printable' | 'base64' }

/** Ends the planning; never leaves this file. */
class Impossible extends Error {
  readonly why: SevenBitFault

  constructor(why: SevenBitFault) {
    super(why)
    this.why = why
  }
}

async function indexOf({ size, pieces }: MessageSource): Promise<MessageIndex> {
  const indexer = new MimeIndexer()
  for await (const piece of pieces(0, size)) indexer.push(piece)
  return indexer.finish().index
}

/** Decides part by part what is to be done. */
class Planner {
  readonly #source: MessageSource
  readonly #steps: Step[]
  readonly #hides: boolean

  constructor(source: MessageSource, steps: Step[], hides: boolean) {
    this.#source = source
    this.#steps = steps
    this.#hides = hides
  }

  async part(part: Part, place: 'root' | 'inside'): Promise<void> {
    const header = await this.#header(part)
    const facts = partFacts(header)
    if (part.type === 'multipart') return await this.#multipart(part, header, place)
    const inside = part.envelope === null ? undefined : part.children[0]
    if (inside !== undefined && facts.subtype !== 'global') return await this.#message(part, inside, header, place)
    await this.#leaf(part, header, facts, place)
  }

  async #multipart(part: Part, header: Uint8Array, place: 'root' | 'inside'): Promise<void> {
    this.#writeHeader(header, { encoding: sevenBitName(part.encoding), place, charset: null })
    if (part.subtype === 'signed') {
      const { isClean, isOnlyLong } = await this.#scan(part.bodyStart, part.bodyEnd)
      if (!isClean && !isOnlyLong) throw new Impossible('signed')
      this.#steps.push({ do: 'copy', start: part.bodyStart, end: part.bodyEnd })
      return
    }
    if (!isUsualBoundary(part.params.find(([name]) => name === 'boundary')?.[1] ?? '')) throw new Impossible('header')
    await this.#within(part)
  }

  async #message(part: Part, inside: Part, header: Uint8Array, place: 'root' | 'inside'): Promise<void> {
    // RFC 2046 §5.2.1: no encoding but 7bit, 8bit and binary. What is inside has encodings of its own.
    this.#writeHeader(header, { encoding: sevenBitName(part.encoding), place, charset: null })
    await this.#within({ ...part, children: [inside] })
  }

  async #within({ bodyStart, bodyEnd, children }: Part): Promise<void> {
    let at = bodyStart
    for (const child of children) {
      this.#steps.push({ do: 'gap', start: at, end: child.headerStart })
      await this.part(child, 'inside')
      at = child.bodyEnd
    }
    this.#steps.push({ do: 'gap', start: at, end: bodyEnd })
  }

  async #leaf(part: Part, header: Uint8Array, facts: PartFacts, place: 'root' | 'inside'): Promise<void> {
    const { bodyStart: start, bodyEnd: end, encoding: from } = part
    const body = await this.#scan(start, end)
    const mayBeEncoded = facts.isEncodable && !this.#hides
    if (body.isClean || (body.isOnlyLong && !mayBeEncoded)) {
      this.#writeHeader(header, { encoding: sevenBitName(from), place, charset: null })
      this.#steps.push({ do: 'copy', start, end })
      return
    }
    if (!mayBeEncoded) throw new Impossible('not-encodable')
    const to = encodingFor(from, facts, body)
    this.#writeHeader(header, { encoding: to, place, charset: facts.hasType ? null : charsetOf(body) })
    this.#steps.push({ do: 'encode', start, end, from, to })
  }

  #writeHeader(header: Uint8Array, how: Parameters<typeof rewriteHeader>[1]): void {
    const bytes = rewriteHeader(header, how)
    if (bytes === null) throw new Impossible('header')
    this.#steps.push({ do: 'write', bytes })
  }

  async #header({ headerStart, bodyStart }: Part): Promise<Uint8Array> {
    if (bodyStart - headerStart > MAX_HEADER_BYTES) throw new Impossible('header')
    return Buffer.concat(await Array.fromAsync(this.#source.pieces(headerStart, bodyStart)))
  }

  async #scan(start: number, end: number): Promise<BodyFacts> {
    const scan = new BodyScan()
    for await (const piece of this.#source.pieces(start, end)) scan.push(piece)
    return scan.finish()
  }
}

/** A label that promises more than there is now is made true; all others stay. */
function sevenBitName(encoding: string): '7bit' | null {
  return encoding === '8bit' || encoding === 'binary' ? '7bit' : null
}

/** Text that people may have to read as it is stays readable: quoted-printable, unless most of it is foreign. */
function encodingFor(from: string, { type }: PartFacts, { hasBareEnds, foreign, total }: BodyFacts): 'quoted-printable' | 'base64' {
  if (from === 'base64' || from === 'quoted-printable') return from
  return type === 'text' && !hasBareEnds && foreign * 3 <= total ? 'quoted-printable' : 'base64'
}

/** RFC 1428 §3: of text that came without a word of what it is. UTF-8 shows itself; anything else is named unknown. */
function charsetOf({ isUtf8 }: BodyFacts): string {
  return isUtf8 ? 'utf-8' : 'unknown-8bit'
}

/** ASCII, and short enough for its line to be left whole. RFC 2046 §5.1.1 allows 70 characters. */
function isUsualBoundary(text: string): boolean {
  return /^[ -~]{1,900}$/.test(text)
}

/** The new message, as the steps make it. */
async function* run(source: MessageSource, steps: readonly Step[]): AsyncGenerator<Uint8Array> {
  for (const step of steps) {
    switch (step.do) {
      case 'write':
        yield step.bytes
        break
      case 'copy':
        yield* source.pieces(step.start, step.end)
        break
      case 'gap':
        yield* filtered(source.pieces(step.start, step.end), new GapFilter())
        break
      case 'encode':
        yield* filtered(filtered(source.pieces(step.start, step.end), bodyDecoder(step.from)), bodyEncoder(step.to))
        break
    }
  }
}

async function* filtered(pieces: AsyncIterable<Uint8Array>, filter: { push(chunk: Uint8Array): Uint8Array; finish(): Uint8Array }): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield filter.push(piece)
  yield filter.finish()
}

/** The bytes `start` to `end` of a stream. */
async function* cut(pieces: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0
  for await (const piece of pieces) {
    const from = Math.max(0, start - at)
    const to = Math.min(piece.length, end - at)
    at += piece.length
    if (from < to) yield piece.subarray(from, to)
    if (at >= end) return
  }
}
