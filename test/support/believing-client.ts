import assert from 'node:assert/strict'
import { parseSequenceSet } from '../../src/proto/imap/uid-set.ts'
import type { MemoryWire } from './memory-wire.ts'
import { WireLines } from './wire-lines.ts'

/** What a client knows of a message. */
export interface Known {
  uid: number | null
  flags: string | null
}

/** An IMAP client that believes every untagged response, and checks what it can: numbers that move in a wrong moment fail the test. */
export class BelievingClient {
  /** The selected mailbox as the server has told it, by message number. */
  messages: Known[] = []
  readonly #wire: MemoryWire
  readonly #lines: WireLines
  #tag = 0

  constructor(wire: MemoryWire) {
    this.#wire = wire
    this.#lines = new WireLines(wire)
  }

  /** Runs a command that must end with OK, and gives its untagged lines and the tagged one. */
  async command(text: string): Promise<readonly string[]> {
    const tag = `t${++this.#tag}`
    this.#wire.say(`${tag} ${text}\r\n`)
    const lines: string[] = []
    for (;;) {
      const line = await this.#lines.next()
      if (line.startsWith(`${tag} `)) {
        assert.match(line, /^t\d+ OK/, `${text}: ${line}`)
        return [...lines, line]
      }
      lines.push(line)
      this.#hear(line, text)
    }
  }

  /** Logs in as ani, enables `options` and opens the inbox. */
  async open(options: string): Promise<void> {
    await this.login(options)
    await this.select('INBOX')
  }

  /** Logs in as ani and enables `options`. */
  async login(options: string): Promise<void> {
    await this.#lines.next()
    await this.command('LOGIN ani@home.example merpati')
    if (options !== '') await this.command(`ENABLE ${options}`)
  }

  /** Opens a mailbox and learns what is in it. */
  async select(mailbox: string): Promise<void> {
    this.messages = []
    await this.command(`SELECT ${mailbox}`)
    await this.look()
  }

  /** Learns every UID and all flags. */
  async look(): Promise<void> {
    if (this.messages.length > 0) await this.command('FETCH 1:* (UID FLAGS)')
  }

  #hear(line: string, command: string): void {
    const number = /^\* (\d+) (EXISTS|EXPUNGE|FETCH)(?: \((.*)\))?/.exec(line)
    const at = Number(number?.[1]) - 1
    if (/^(FETCH|STORE|SEARCH)/.test(command)) assert.doesNotMatch(line, /EXPUNGE$|^\* VANISHED/, `in ${command}`)
    if (number?.[2] === 'EXISTS') {
      assert.ok(at + 1 >= this.messages.length, 'EXISTS may only grow')
      while (this.messages.length <= at) this.messages.push({ uid: null, flags: null })
    }
    if (number?.[2] === 'EXPUNGE') assert.equal(this.messages.splice(at, 1).length, 1, line)
    if (number?.[2] === 'FETCH') this.#learn(at, number[3] ?? '')
    const vanished = /^\* VANISHED (\S+)$/.exec(line)
    if (vanished !== null) this.#vanish(vanished[1] ?? '')
  }

  #learn(at: number, items: string): void {
    const message = this.messages[at]
    assert.ok(message !== undefined, `FETCH of message ${at + 1}, but there are ${this.messages.length}`)
    const uid = /UID (\d+)/.exec(items)?.[1]
    if (uid !== undefined) {
      if (message.uid !== null) assert.equal(Number(uid), message.uid, `message ${at + 1} is another one`)
      message.uid = Number(uid)
    }
    const flags = /FLAGS \(([^)]*)\)/.exec(items)?.[1]
    if (flags !== undefined) message.flags = flags
  }

  #vanish(text: string): void {
    const set = parseSequenceSet(text)
    assert.ok(set?.kind === 'ranges')
    for (const { a, b } of set.ranges) {
      for (let uid = a; uid <= b; uid++) {
        const at = this.messages.findIndex((message) => message.uid === uid)
        assert.notEqual(at, -1, `${uid} vanished, but was not known`)
        this.messages.splice(at, 1)
      }
    }
  }
}
