const CR = 13
const LF = 10
const DOT = 46
const LF_DOT = Buffer.from('\n.')

/**
 * Puts a dot before each line of a body that begins with one, and knows how to end it. RFC 1939 §3.
 *
 * The dot after a bare LF is stuffed too: many clients read lines up to LF, and would take `LF . CRLF` inside a message for
 * its end. Chunks without such a line pass as they are, uncopied.
 */
export class DotStuffer {
  #last = LF // A body begins where a line begins: after the CRLF of the reply.
  #beforeLast = CR

  /** The next chunk, stuffed. */
  stuff(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    const leading = this.#last === LF && bytes[0] === DOT
    this.#beforeLast = bytes.length > 1 ? (bytes[bytes.length - 2] ?? 0) : this.#last
    this.#last = bytes[bytes.length - 1] ?? 0
    let first = bytes.indexOf(LF_DOT)
    if (!leading && first === -1) return chunk
    let dots = leading ? 1 : 0
    for (let at = first; at !== -1; at = bytes.indexOf(LF_DOT, at + 2)) dots += 1
    const stuffed = Buffer.allocUnsafe(bytes.length + dots)
    let to = 0
    let from = 0
    if (leading) stuffed[to++] = DOT
    for (; first !== -1; first = bytes.indexOf(LF_DOT, from)) {
      to += bytes.copy(stuffed, to, from, first + 1)
      stuffed[to++] = DOT
      from = first + 1
    }
    bytes.copy(stuffed, to, from)
    return stuffed
  }

  /** What ends the response: a CRLF first when the body did not end in one, because only CRLF.CRLF is seen by every client. */
  end(): string {
    return this.#beforeLast === CR && this.#last === LF ? '.\r\n' : '\r\n.\r\n'
  }
}
