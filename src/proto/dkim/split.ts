import { Buffer } from 'node:buffer'
import { asBuffer } from '../mail/bytes.ts'
import { MAX_HEADER_BYTES } from '../mail/limits.ts'

const HEADER_END = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)
const LF = 10
const CR = 13

/**
 * Parts a message that comes in pieces: the header is gathered (the empty line excluded), the body goes on as it comes.
 *
 * A header over 256 KiB is cut there and called too large; a message without an empty line is all header.
 */
export class MessageSplit {
  readonly #onHeader: (header: Buffer) => (body: Uint8Array) => void
  #held = NOTHING
  #size = 0
  #body: ((body: Uint8Array) => void) | null = null
  #tooLarge = false

  /** `onHeader` gets the header once and answers where the body goes. */
  constructor(onHeader: (header: Buffer) => (body: Uint8Array) => void) {
    this.#onHeader = onHeader
  }

  /** Whether the header was longer than the limit; then nothing about the message can be said. */
  get headerTooLarge(): boolean {
    return this.#tooLarge
  }

  /** The next piece. It may be overwritten when this returns. */
  push(bytes: Uint8Array): void {
    if (this.#body !== null) return this.#body(bytes)
    if (this.#tooLarge || bytes.length === 0) return
    const searchFrom = Math.max(0, this.#size - 3) // The empty line may lie across two pieces.
    const joined = this.#join(bytes)
    if (joined[0] === CR && joined[1] === LF) return this.#open(joined, 0, 2)
    const end = joined.indexOf(HEADER_END, searchFrom)
    if (end !== -1 && end <= MAX_HEADER_BYTES) return this.#open(joined, end + 2, end + 4)
    if (end === -1 && joined.length <= MAX_HEADER_BYTES) return this.#hold(joined)
    this.#tooLarge = true
    this.#held = NOTHING
  }

  /** The message is complete. */
  end(): void {
    if (this.#body === null && !this.#tooLarge) this.#open(this.#held.subarray(0, this.#size), this.#size, this.#size)
  }

  /** What was gathered with `bytes` behind it. The first piece, which mostly holds the whole header, is not copied. */
  #join(bytes: Uint8Array): Buffer {
    if (this.#size === 0) return asBuffer(bytes)
    const size = this.#size + bytes.length
    if (size > this.#held.length) this.#held = Buffer.concat([this.#held.subarray(0, this.#size)], size * 2) // Twice: small pieces cost no more than large ones.
    this.#held.set(bytes, this.#size)
    return this.#held.subarray(0, size)
  }

  #hold(joined: Buffer): void {
    if (this.#size === 0) this.#held = Buffer.from(joined)
    this.#size = joined.length
  }

  #open(bytes: Buffer, headerEnd: number, bodyStart: number): void {
    this.#body = this.#onHeader(Buffer.from(bytes.subarray(0, headerEnd)))
    this.#held = NOTHING
    if (bodyStart < bytes.length) this.#body(bytes.subarray(bodyStart))
  }
}
