import { Buffer } from 'node:buffer'
import { asBuffer } from '../mail/bytes.ts'
import { MAX_HEADER_BYTES } from '../mail/limits.ts'

const HEADER_END = Buffer.from('\r\n\r\n')
const LF = 10
const CR = 13

/**
 * Parts a message that comes in pieces: the header is gathered (the empty line excluded), the body goes on as it comes.
 *
 * A header over 256 KiB is cut there and called too large; a message without an empty line is all header.
 */
export class MessageSplit {
  readonly #onHeader: (header: Buffer) => (body: Uint8Array) => void
  #gathered: Buffer[] = []
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
    const piece = asBuffer(bytes)
    const held = this.#size
    // The empty line may lie across two pieces: look again from three bytes before the seam.
    const joined = held === 0 ? piece : Buffer.concat([...this.#gathered, piece])
    if (joined[0] === CR && joined[1] === LF) return this.#open(joined, 0, 2)
    const end = joined.indexOf(HEADER_END, Math.max(0, held - 3))
    if (end !== -1 && end <= MAX_HEADER_BYTES) return this.#open(joined, end + 2, end + 4)
    this.#gathered = [held === 0 ? Buffer.from(joined) : joined]
    this.#size = joined.length
    if (joined.length <= MAX_HEADER_BYTES) return
    this.#tooLarge = true
    this.#gathered = []
  }

  /** The message is complete. */
  end(): void {
    if (this.#body === null && !this.#tooLarge) this.#open(Buffer.concat(this.#gathered), this.#size, this.#size)
  }

  #open(bytes: Buffer, headerEnd: number, bodyStart: number): void {
    this.#gathered = []
    this.#body = this.#onHeader(Buffer.from(bytes.subarray(0, headerEnd)))
    if (bodyStart < bytes.length) this.#body(bytes.subarray(bodyStart))
  }
}
