import type { Buffer } from 'node:buffer'
import type { HeaderBlock } from './headers.ts'
import { MAX_ADDRESSES, MAX_BOUNDARY_BYTES, MAX_DEPTH, MAX_PARTS } from './limits.ts'
import { isAmbiguous, readEnvelope, readPartHeader } from './part-header.ts'
import type { AddressBudget } from './part-header.ts'
import type { Envelope, MessageIndex, MimeDefect, Part, PartHeader } from './part.ts'
import type { Range } from './view.ts'

/** A delimiter line: of which open part (its place in the stack), and whether it is the closing one. */
export interface Delimiter {
  readonly level: number
  readonly closes: boolean
}

/** A part while its end is not known. */
interface OpenPart {
  readonly header: PartHeader
  headerStart: number
  bodyStart: number
  bodyEnd: number
  /** Line endings before the body; then those in it. */
  lines: number
  /** Of a multipart that may still get parts. */
  boundary: string | null
  readonly children: OpenPart[]
  envelope: Envelope | null
}

const OPAQUE = { type: 'application', subtype: 'octet-stream', params: [] } as const

/** Builds the tree of parts from headers and delimiters as they come. Offsets are those of the message. */
export class PartTree {
  #root: OpenPart | null = null
  readonly #stack: OpenPart[] = []
  #count = 0
  #boundaries = 0
  readonly #budget: AddressBudget = { left: MAX_ADDRESSES }
  readonly #defects = new Set<MimeDefect>()
  #envelope: Envelope | null = null
  #references: readonly string[] = []

  get isEmpty(): boolean {
    return this.#root === null
  }

  get hasBoundaries(): boolean {
    return this.#boundaries > 0
  }

  /** The innermost open multipart whose delimiter is the line with `window[from, to)` after its two hyphens; null when none. */
  match(window: Buffer, from: number, to: number): Delimiter | null {
    const length = to - from
    if (length <= 0 || length > MAX_BOUNDARY_BYTES + 2) return null
    let text: string | null = null
    for (let level = this.#stack.length - 1; level >= 0; level--) {
      const boundary = this.#stack[level]?.boundary ?? null
      if (boundary === null || (boundary.length !== length && boundary.length !== length - 2)) continue
      text ??= window.toString('latin1', from, to)
      if (text === boundary) return { level, closes: false }
      if (text.startsWith(boundary) && text.endsWith('--') && boundary.length === length - 2) return { level, closes: true }
    }
    return null
  }

  /** A header was read at `start` of the window: opens its part. Tells what follows: another header (of a message inside) or a body. */
  open(window: Buffer, base: number, start: number, block: HeaderBlock, lines: number): 'header' | 'body' {
    const parent = this.#stack.at(-1)
    const isMessage = parent === undefined || parent.header.type === 'message'
    const inDigest = parent?.header.type === 'multipart' && parent.header.subtype === 'digest'
    const header = this.#contain(readPartHeader(window, block.fields, inDigest ? 'message/rfc822' : 'text/plain'))
    if (this.#count + 1 >= MAX_PARTS) this.#forgetBoundaries()
    if (block.defects.length > 0) this.#defects.add('bad-header')
    if (isAmbiguous(window, block.fields)) this.#defects.add('ambiguous-header')
    const bodyStart = base + block.end
    const ranges = { headerStart: base + start, bodyStart, bodyEnd: bodyStart, lines }
    const part: OpenPart = { header, ...ranges, boundary: null, children: [], envelope: null }
    if (isMessage) this.#addEnvelope(window, block, parent)
    this.#root ??= part
    parent?.children.push(part)
    this.#stack.push(part)
    this.#count++
    if (header.type === 'multipart') {
      part.boundary = boundaryOf(header)
      this.#boundaries++
    }
    return isMessageType(header) ? 'header' : 'body'
  }

  /** The part just opened has a body that begins later than was thought: its header went on beyond the limit. */
  moveBody(bodyStart: number, lines: number): void {
    const part = this.#stack.at(-1)
    if (part === undefined) return
    part.bodyStart = bodyStart
    part.lines = lines
  }

  /** A delimiter line at `at`, after a line ending of `ending` bytes that belongs to it. `lines` are those before it. RFC 2046 §5.1.1. */
  boundary(delimiter: Delimiter, at: number, ending: number, lines: number): void {
    const floor = this.#stack[delimiter.level + 1]?.headerStart ?? 0
    const end = Math.max(floor, at - ending)
    const linesBefore = end < at ? lines - 1 : lines
    while (this.#stack.length > delimiter.level + 1) this.#closeTop(end, linesBefore)
    const multipart = this.#stack.at(-1)
    if (multipart === undefined || !delimiter.closes) return
    multipart.boundary = null
    this.#boundaries--
  }

  /** The message ends at `size`: closes what is open. */
  end(size: number, lines: number): void {
    while (this.#stack.length > 0) {
      if (this.#stack.at(-1)?.boundary !== null) this.#defects.add('missing-close-boundary')
      this.#closeTop(size, lines)
    }
    if (this.#budget.left <= 0) this.#defects.add('too-many-addresses')
  }

  /** The finished index, over the bytes less `skips`, which lie in the message's header. */
  result(skips: readonly Range[]): MessageIndex {
    const root = this.#root
    if (root === null || this.#envelope === null) throw new Error('no header was read')
    let skipped = 0
    for (const skip of skips) skipped += skip.end - skip.start
    const shown = freeze(root, skipped)
    return {
      size: shown.bodyEnd,
      envelope: this.#envelope,
      references: this.#references,
      root: { ...shown, headerStart: 0 },
      defects: [...this.#defects],
    }
  }

  /** Turns a container we cannot or will not look into, and the last part that may be, to a part without children. */
  #contain(header: PartHeader): PartHeader {
    const isMultipart = header.type === 'multipart'
    if (this.#count + 1 >= MAX_PARTS) return this.#refuse(header, 'too-many-parts')
    if (!isMultipart && !isMessageType(header)) return header
    // A part at the last depth cannot hold others.
    if (this.#stack.length + 1 >= MAX_DEPTH) return this.#refuse(header, 'too-deep')
    // RFC 2046 §5.2.1, RFC 2045 §6.4: a container is never encoded; what is encoded all the same is a file.
    if (!isMultipart && !IDENTITY.has(header.encoding)) return this.#refuse(header, 'encoded-container')
    if (isMultipart && boundaryOf(header) === '') {
      this.#defects.add('no-boundary')
      // RFC 2046 §5.1.1: without a boundary there are no parts; shown as text, nothing of it is hidden.
      return { ...header, type: 'text', subtype: 'plain' }
    }
    return header
  }

  #refuse(header: PartHeader, defect: MimeDefect): PartHeader {
    this.#defects.add(defect)
    return { ...header, ...OPAQUE }
  }

  /** The last part that may be is about to open: it goes on to the end of the message. */
  #forgetBoundaries(): void {
    for (const part of this.#stack) part.boundary = null
    this.#boundaries = 0
  }

  #addEnvelope(window: Buffer, block: HeaderBlock, parent: OpenPart | undefined): void {
    const { envelope, references } = readEnvelope(window, block.fields, this.#budget)
    if (parent !== undefined) {
      parent.envelope = envelope
      return
    }
    this.#envelope = envelope
    this.#references = references
  }

  #closeTop(end: number, lines: number): void {
    const part = this.#stack.pop()
    if (part === undefined) return
    if (part.boundary !== null) this.#boundaries--
    // A header that ends at the delimiter lends it its last line ending, and so does every part around it that begins there.
    part.lines = part.bodyStart > end ? 0 : lines - part.lines
    part.headerStart = Math.min(part.headerStart, end)
    part.bodyStart = Math.min(part.bodyStart, end)
    part.bodyEnd = end
    // Every multipart has a part and every message a root: IMAP's grammar knows no empty ones (RFC 9051 §9, body-type-mpart).
    if (part.header.type === 'multipart' && part.children.length === 0) part.children.push(emptyPart(part.bodyEnd))
  }
}

const IDENTITY: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary'])

const EMPTY_HEADER: PartHeader = readPartHeader(new Uint8Array(0), [], 'text/plain')

function isMessageType(header: PartHeader): boolean {
  return header.type === 'message' && (header.subtype === 'rfc822' || header.subtype === 'global')
}

/** The boundary as it stands in delimiter lines, one character a byte; empty when there is none. */
function boundaryOf(header: PartHeader): string {
  const found = header.params.find(([name]) => name === 'boundary')?.[1] ?? ''
  const trimmed = found.trimEnd()
  return trimmed.length > MAX_BOUNDARY_BYTES ? '' : latin1(trimmed)
}

/** Delimiters are compared byte by byte; a header with 8-bit characters was read as UTF-8. */
function latin1(text: string): string {
  if (/^[ -~]*$/.test(text)) return text
  let out = ''
  for (const byte of new TextEncoder().encode(text)) out += String.fromCharCode(byte)
  return out
}

function emptyPart(at: number): OpenPart {
  return { header: EMPTY_HEADER, headerStart: at, bodyStart: at, bodyEnd: at, lines: 0, boundary: null, children: [], envelope: null }
}

function freeze(part: OpenPart, skipped: number): Part {
  return {
    ...part.header,
    headerStart: part.headerStart - skipped,
    bodyStart: part.bodyStart - skipped,
    bodyEnd: part.bodyEnd - skipped,
    lines: part.lines,
    children: part.children.map((child) => freeze(child, skipped)),
    envelope: part.envelope,
  }
}
