import { Buffer } from 'node:buffer'

/** What one piece of input came to. */
export interface Scan {
  /** Message bytes, unstuffed. Usually a view of the input. */
  readonly content: Uint8Array
  /** Bytes of the input that belong to the message and its end; the rest are commands. */
  readonly used: number
  /** Whether the end of the message was in it. */
  readonly ended: boolean
}

/**
 * What stands before the next byte: `text`, the CR of a line end, the start of a line, a dot at the start of a line (left
 * out), or that dot and a CR (left out, held).
 */
type State = 'text' | 'cr' | 'line' | 'dot' | 'dot-cr'

const CR = 13
const LF = 10
const DOT = 46
const LINE_DOT = Buffer.from('\r\n.')
const NOTHING = Buffer.alloc(0)
const HELD_CR = Buffer.from('\r')

/**
 * Finds the end of a message sent by DATA, and takes out the dots that the sender put in. RFC 5321 §4.1.1.4, §4.5.2.
 *
 * Only the five exact bytes CRLF.CRLF end a message, and only CRLF ends a line. §2.3.8 forbids a bare CR or LF in the
 * stream, and a server that takes LF.LF for the end while its neighbour does not can be made to see two messages where the
 * neighbour saw one ("SMTP smuggling", 2023). Here they are content like any other; `TextCheck` finds them there, and the
 * message is refused at its true end.
 *
 * How the stream is cut into pieces makes no difference. A message begins at the start of a line: that of the DATA line's end.
 */
export class DataScanner {
  #state: State = 'line'

  /** Scans the next piece of input. Not to be called after `ended`. */
  push(input: Uint8Array): Scan {
    const bytes = Buffer.from(input.buffer, input.byteOffset, input.length)
    const pieces: Buffer[] = []
    // A CR held back at the end of the last piece is content after all, unless the LF of the end follows.
    if (this.#state === 'dot-cr' && bytes.length > 0 && bytes[0] !== LF) pieces.push(HELD_CR)
    let from = 0
    let at = 0
    while (at < bytes.length) {
      if (this.#state === 'text') {
        const hit = bytes.indexOf(LINE_DOT, at)
        if (hit === -1) {
          this.#state = stateAtEnd(bytes, at)
          break
        }
        at = hit + 2
        this.#state = 'line'
      }
      const byte = bytes[at++]
      if (this.#state === 'line' && byte === DOT) {
        pieces.push(bytes.subarray(from, at - 1))
        from = at
        this.#state = 'dot'
      } else if (this.#state === 'dot-cr' && byte === LF) {
        return { content: joined(pieces), used: at, ended: true }
      } else {
        this.#state = after(this.#state, byte)
      }
    }
    if (this.#state !== 'dot' && this.#state !== 'dot-cr') pieces.push(bytes.subarray(from))
    return { content: joined(pieces), used: bytes.length, ended: false }
  }
}

/** The state after a byte that is neither a stuffed dot nor the end. */
function after(state: State, byte: number | undefined): State {
  if (byte === CR) return state === 'dot' ? 'dot-cr' : 'cr'
  return state === 'cr' && byte === LF ? 'line' : 'text'
}

/** The state at the end of `bytes`, when no line after `from` begins with a dot. */
function stateAtEnd(bytes: Buffer, from: number): State {
  const last = bytes[bytes.length - 1]
  if (last === CR) return 'cr'
  return last === LF && bytes.length - 2 >= from && bytes[bytes.length - 2] === CR ? 'line' : 'text'
}

function joined(pieces: readonly Buffer[]): Uint8Array {
  const [first = NOTHING, ...more] = pieces
  return more.length === 0 ? first : Buffer.concat(pieces)
}
