import type { Socket } from 'node:net'

/** Output gathered for one write: text and bytes in the order they came. */
export class SendQueue {
  /** What is queued: these, then `#text`. Most replies are text only and never touch the array. */
  #chunks: (string | Uint8Array)[] = []
  #text = ''
  #size = 0

  /** Roughly the bytes queued: text counts its UTF-16 units. */
  get size(): number {
    return this.#size
  }

  add(data: string | Uint8Array): void {
    this.#size += data.length
    if (typeof data === 'string') {
      this.#text += data
      return
    }
    if (this.#text !== '') this.#chunks.push(this.#text)
    this.#text = ''
    this.#chunks.push(data)
  }

  /** Forgets everything queued. */
  clear(): void {
    if (this.#chunks.length > 0) this.#chunks = []
    this.#text = ''
    this.#size = 0
  }

  /** Gives everything queued to the socket, as one write. */
  sendTo(socket: Socket): void {
    if (this.#size === 0) return
    const chunks = this.#chunks
    const text = this.#text
    this.clear()
    if (socket.destroyed) return
    if (chunks.length === 0) {
      socket.write(text)
      return
    }
    socket.cork()
    for (const chunk of chunks) socket.write(chunk)
    if (text !== '') socket.write(text)
    socket.uncork()
  }
}
