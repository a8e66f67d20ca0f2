import assert from 'node:assert/strict'
import type { MemoryWire } from '../../support/memory-wire.ts'
import { WireLines } from '../../support/wire-lines.ts'
import type { ModelMessage } from './boxes.ts'

/** A POP3 session on the inbox beside the model's word of what it was shown. */
export class Maildrop {
  /** The inbox at the time of the login: what this session sees until its end. RFC 1939 §5. */
  readonly shown: readonly ModelMessage[]
  /** UIDs of what is marked. */
  readonly marked = new Set<number>()
  readonly #wire: MemoryWire
  readonly #lines: WireLines

  private constructor(wire: MemoryWire, shown: readonly ModelMessage[]) {
    this.#wire = wire
    this.#lines = new WireLines(wire)
    this.shown = shown
  }

  /** Logs in as ani and checks the listing; null when the inbox is in use. */
  static async login(wire: MemoryWire, shown: readonly ModelMessage[]): Promise<Maildrop | null> {
    const drop = new Maildrop(wire, shown)
    await drop.#lines.next()
    await drop.#say('USER ani@home.example')
    const answer = await drop.#say('PASS merpati')
    if (answer.startsWith('-ERR [IN-USE]')) {
      wire.hangUp()
      return null
    }
    assert.match(answer, /^\+OK/)
    assert.match(await drop.#say('STAT'), new RegExp(`^\\+OK ${shown.length} `))
    return drop
  }

  /** Unique ids by UID. */
  async uniqueIds(): Promise<ReadonlyMap<number, string>> {
    const ids = new Map<number, string>()
    for (const row of await this.#list('UIDL')) {
      const [number, id] = row.split(' ')
      ids.set(this.shown[Number(number) - 1]?.uid ?? assert.fail(row), id ?? assert.fail(row))
    }
    assert.deepEqual([...ids.keys()], this.#unmarked())
    return ids
  }

  /** Marks a message, chosen by `pick`. */
  async mark(pick: number): Promise<void> {
    if (this.shown.length === 0) return
    const at = pick % this.shown.length
    const uid = this.shown[at]?.uid ?? 0
    assert.match(await this.#say(`DELE ${at + 1}`), this.marked.has(uid) ? /^-ERR/ : /^\+OK/)
    this.marked.add(uid)
  }

  /** Takes all marks back. */
  async reset(): Promise<void> {
    assert.match(await this.#say('RSET'), /^\+OK/)
    this.marked.clear()
  }

  /** Reads a message. One that another session expunged may still be told or be an error; it is never another message. RFC 1939 §5. */
  async read(pick: number, isThere: (uid: number) => boolean): Promise<void> {
    const message = this.shown[pick % Math.max(1, this.shown.length)]
    if (message === undefined || this.marked.has(message.uid)) return
    const number = this.shown.indexOf(message) + 1
    const first = await this.#say(`TOP ${number} 0`)
    if (!isThere(message.uid) && first.startsWith('-ERR')) return
    assert.match(first, /^\+OK/)
    assert.ok((await this.#untilDot()).includes(`Subject: ${message.subject}`))
  }

  /** Ends the session: what is marked goes now. RFC 1939 §6. */
  async quit(): Promise<void> {
    assert.match(await this.#say('QUIT'), /^\+OK/)
  }

  /** The connection breaks: nothing goes. */
  hangUp(): void {
    this.#wire.hangUp()
  }

  #unmarked(): readonly number[] {
    return this.shown.map(({ uid }) => uid).filter((uid) => !this.marked.has(uid))
  }

  async #say(command: string): Promise<string> {
    this.#wire.say(`${command}\r\n`)
    return await this.#lines.next()
  }

  async #list(command: string): Promise<readonly string[]> {
    assert.match(await this.#say(command), /^\+OK/)
    return await this.#untilDot()
  }

  async #untilDot(): Promise<readonly string[]> {
    const lines: string[] = []
    for (let text = await this.#lines.next(); text !== '.'; text = await this.#lines.next()) lines.push(text)
    return lines
  }
}
