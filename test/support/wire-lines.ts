import assert from 'node:assert/strict'
import type { MemoryWire } from './memory-wire.ts'

/** Reads what a session says line by line. */
export class WireLines {
  readonly #wire: MemoryWire
  #text = ''

  constructor(wire: MemoryWire) {
    this.#wire = wire
  }

  /** The next line without its CRLF. The test fails when the server closes instead. */
  async next(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf('\r\n')
      if (end !== -1) {
        const line = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        return line
      }
      const heard = await this.#wire.hear()
      assert.notEqual(heard, '', 'the server closed')
      this.#text += heard
    }
  }
}
