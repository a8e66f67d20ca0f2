import { Buffer } from 'node:buffer'
import { asBuffer } from './bytes.ts'
import { readHeader } from './headers.ts'
import type { HeaderBlock } from './headers.ts'
import { KEEP_ALL, scanBlock } from './header-scan.ts'
import type { HeaderRules, HeaderScan } from './header-scan.ts'
import { MAX_BOUNDARY_BYTES, MAX_HEADER_BYTES } from './limits.ts'
import { PartTree } from './part-tree.ts'
import type { Delimiter } from './part-tree.ts'
import type { MessageIndex } from './part.ts'

/** An index, and the header scan it was made with. */
export interface Indexed {
  readonly index: MessageIndex
  readonly header: HeaderScan
}

const LF = 10
const CR = 13
const DASH = 45
/** Chunks are joined to at least this, so that a peer's small writes do not become small scans. */
const MIN_WINDOW = 32 * 1024

/**
 * Indexes a message held in one array, in one pass: envelope, structure, byte ranges. Never throws for what is in it.
 *
 * Numbers are those of the received bytes less what `header.skips` leaves out; `shiftIndex` and `prefixIndex` add the prefix.
 * Pass the scan when there is one already: it saves reading the header twice.
 */
export function indexMessage(bytes: Uint8Array, header: HeaderScan | null = null): MessageIndex {
  const indexer = new MimeIndexer(KEEP_ALL, header)
  return indexer.whole(bytes).index
}

/**
 * Indexes a message that comes in chunks and is not held: push them all, then `finish`. Holds at most one header block and
 * one chunk. The result is the same however the message was cut, as long as its headers are within their limits.
 */
export class MimeIndexer {
  readonly #rules: HeaderRules
  #scan: HeaderScan | null
  readonly #windowBytes: number
  readonly #tree = new PartTree()
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #window: Buffer = Buffer.alloc(0)
  /** Offset of the window's first byte in the message. */
  #base = 0
  /** Next byte to read, in the window. */
  #at = 0
  /** At the start of a header (`header`), inside one over its limit (`tail`), at the start of a body line (`line`), or in it (`body`). */
  #mode: 'header' | 'tail' | 'line' | 'body' = 'header'
  #afterTail: 'header' | 'line' = 'line'
  /** Line endings before `#at`. */
  #lines = 0

  /** `windowBytes` is how many bytes are gathered before they are read; tests make it small. */
  constructor(rules: HeaderRules = KEEP_ALL, scan: HeaderScan | null = null, windowBytes = MIN_WINDOW) {
    this.#rules = rules
    this.#scan = scan
    this.#windowBytes = windowBytes
  }

  /** The scan of the message's header, or null while it is not complete. */
  get header(): HeaderScan | null {
    return this.#scan
  }

  /** Takes the next bytes. They are copied or read before the next call. */
  push(chunk: Uint8Array): void {
    this.#pending.push(new Uint8Array(chunk))
    this.#pendingBytes += chunk.length
    if (this.#pendingBytes < this.#windowBytes) return
    this.#advance()
    this.#run('more')
  }

  /** No more bytes come: the index. */
  finish(): Indexed {
    this.#advance()
    return this.#end()
  }

  /** Indexes a message that is one array, without copying it. Nothing may have been pushed. */
  whole(bytes: Uint8Array): Indexed {
    this.#window = asBuffer(bytes)
    return this.#end()
  }

  #end(): Indexed {
    this.#run('last')
    const header = this.#scan ?? scanBlock(this.#window, readHeader(this.#window), this.#rules)
    this.#tree.end(this.#base + this.#window.length, this.#lines)
    return { index: this.#tree.result(header.skips), header }
  }

  /** Drops what has been read, less two bytes that tell the line ending before a boundary, and appends what has come. */
  #advance(): void {
    const keep = Math.max(0, this.#at - 2)
    this.#window = Buffer.concat([this.#window.subarray(keep), ...this.#pending])
    this.#base += keep
    this.#at -= keep
    this.#pending = []
    this.#pendingBytes = 0
  }

  /** Reads as far as the window allows. */
  #run(input: 'more' | 'last'): void {
    for (;;) {
      if (this.#mode === 'header' && !this.#readHeader(input)) return
      if (this.#mode === 'tail' && !this.#readTail(input)) return
      if (this.#mode === 'line' && !this.#readLine(input)) return
      if (this.#mode === 'body' && !this.#readBody()) return
    }
  }

  /** Reads a header block; false when it is not all here. */
  #readHeader(input: 'more' | 'last'): boolean {
    const start = this.#at
    const isRoot = this.#tree.isEmpty
    const known = isRoot && this.#scan !== null && this.#base === 0 ? this.#scan : null
    // A line that is not all here may go on: it is no boundary yet, and the block waits for more.
    const stops = (line: number): boolean => {
      const lf = nextLf(this.#window, line)
      return (input === 'last' || lf !== -1) && this.#boundaryAt(line, lf) !== null
    }
    const stopAt = this.#tree.hasBoundaries ? stops : null
    const block = known ?? readHeader(this.#window, start, stopAt)
    const atBoundary = !block.terminated && block.end < this.#window.length
    const held = this.#window.length - start
    if (!block.terminated && !atBoundary && input === 'more' && held <= MAX_HEADER_BYTES) return false
    if (isRoot) this.#scan ??= scanBlock(this.#window, block, this.#rules)
    this.#lines += block.lines
    this.#at = block.end
    const over = !block.terminated && !atBoundary && input === 'more'
    const next = this.#openPart(start, block)
    if (over) {
      this.#afterTail = next
      this.#mode = 'tail'
    }
    return true
  }

  #openPart(start: number, block: HeaderBlock): 'header' | 'line' {
    const skips = this.#tree.isEmpty ? (this.#scan?.skips ?? []) : []
    const shown = skips.length === 0 ? block.fields : block.fields.filter((field) => !skips.some((skip) => skip.start === field.start))
    const next = this.#tree.open(this.#window, this.#base, start, { ...block, fields: shown }, this.#lines)
    this.#mode = next === 'header' ? 'header' : 'line'
    return this.#mode
  }

  /** Looks for the empty line after a header that is over its limit; what lies before it is not read. */
  #readTail(input: 'more' | 'last'): boolean {
    const window = this.#window
    for (let empty = false; !empty; ) {
      const at = this.#at
      const lf = window.indexOf(LF, at)
      if (lf === -1) {
        this.#at = window.length - (input === 'more' && window[window.length - 1] === CR ? 1 : 0)
        if (input === 'more') return false
        break
      }
      empty = window[at - 1] === LF && (lf === at || (lf === at + 1 && window[at] === CR))
      this.#lines++
      this.#at = lf + 1
    }
    this.#tree.moveBody(this.#base + this.#at, this.#lines)
    this.#mode = this.#afterTail
    return true
  }

  /** At the start of a line: is it a boundary? False when the line is not all here, or at the end. */
  #readLine(input: 'more' | 'last'): boolean {
    const window = this.#window
    const at = this.#at
    if (at + 1 >= window.length && input === 'more') return false
    this.#mode = 'body'
    if (window[at] !== DASH || window[at + 1] !== DASH || !this.#tree.hasBoundaries) return true
    const lf = nextLf(window, at)
    if (lf === -1 && input === 'more' && window.length - at <= MAX_BOUNDARY_BYTES) {
      this.#mode = 'line'
      return false
    }
    const found = this.#boundaryAt(at, lf)
    if (found === null) return true
    const ending = at > 0 && window[at - 1] === LF ? 1 + (at > 1 && window[at - 2] === CR ? 1 : 0) : 0
    this.#tree.boundary(found, this.#base + at, ending, this.#lines)
    if (lf !== -1) this.#lines++
    this.#at = lf === -1 ? window.length : lf + 1
    this.#mode = found.closes ? 'line' : 'header'
    return true
  }

  /** Counts lines up to the next one that begins with a hyphen. False when there is none in the window. */
  #readBody(): boolean {
    const window = this.#window
    let lines = this.#lines
    for (let lf = nextLf(window, this.#at); lf !== -1; lf = nextLf(window, lf + 1)) {
      lines++
      if (lf + 1 < window.length && window[lf + 1] !== DASH) continue
      this.#lines = lines
      this.#at = lf + 1
      this.#mode = 'line'
      return this.#at < window.length
    }
    this.#lines = lines
    this.#at = window.length
    return false
  }

  /** The open multipart that the line [at, lf) delimits, or null. No LF: the line ends with the window. */
  #boundaryAt(at: number, lf: number): Delimiter | null {
    const window = this.#window
    let end = lf === -1 ? window.length : lf
    // RFC 2046 §5.1.1: blanks may follow, nothing else; so a boundary that begins like another is never taken for it.
    while (end > at && (window[end - 1] === CR || window[end - 1] === 32 || window[end - 1] === 9)) end--
    return this.#tree.match(window, at + 2, end)
  }
}

/** Bytes looked at one by one: a native search pays only for lines longer than this. */
const SHORT_LINE = 4

/** The next LF from `from` on, or -1. */
function nextLf(window: Buffer, from: number): number {
  const near = Math.min(from + SHORT_LINE, window.length)
  for (let at = from; at < near; at++) if (window[at] === LF) return at
  return near === window.length ? -1 : window.indexOf(LF, near)
}
