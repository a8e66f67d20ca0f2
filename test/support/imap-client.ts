import { LineSocket, type LineSocketOptions } from './line-socket.ts'

/** One response: its text with each literal replaced by `{n}`, and the literals in order. */
export interface ImapResponse {
  readonly text: string
  readonly literals: readonly Buffer[]
}

/** What a command came to: the untagged responses before its end, and how it ended. */
export interface ImapResult {
  readonly status: 'OK' | 'NO' | 'BAD'
  /** The tagged line after its tag. */
  readonly text: string
  readonly untagged: readonly ImapResponse[]
}

/** A small IMAP client for tests: it sends raw commands and cuts the answers at their literals, no more. */
export class ImapClient implements Disposable {
  readonly wire: LineSocket
  #tags = 0

  private constructor(wire: LineSocket) {
    this.wire = wire
  }

  /** Connects and reads the greeting. @throws {Disconnected} */
  static async open(options: LineSocketOptions): Promise<ImapClient> {
    const client = new ImapClient(await LineSocket.open(options))
    await client.wire.line()
    return client
  }

  /** Connects and logs in. Throws when that is refused. @throws {Disconnected} */
  static async login(options: LineSocketOptions, user: string, password: string): Promise<ImapClient> {
    const client = await ImapClient.open(options)
    await client.ok(`LOGIN ${user} ${password}`)
    return client
  }

  /** Runs a command to its tagged end. @throws {Disconnected} */
  async run(command: string): Promise<ImapResult> {
    const tag = `t${++this.#tags}`
    await this.wire.write(`${tag} ${command}\r\n`)
    return await this.until(tag)
  }

  /** Runs a command that must end with OK. */
  async ok(command: string): Promise<ImapResult> {
    const result = await this.run(command)
    if (result.status !== 'OK') throw new Error(`${command.slice(0, 200)}: ${result.status} ${result.text}`)
    return result
  }

  /** Runs a command that ends in a literal, waiting for the server's go-ahead before the bytes. */
  async withLiteral(command: string, literal: string | Uint8Array): Promise<ImapResult> {
    const bytes = typeof literal === 'string' ? Buffer.from(literal) : literal
    const tag = `t${++this.#tags}`
    await this.wire.write(`${tag} ${command} {${bytes.length}}\r\n`)
    const untagged: ImapResponse[] = []
    for (;;) {
      const response = await this.response()
      if (response.text.startsWith('+')) break
      if (response.text.startsWith(`${tag} `)) return ended(response.text.slice(tag.length + 1), untagged)
      untagged.push(response)
    }
    await this.wire.write(Buffer.concat([bytes, Buffer.from('\r\n')]))
    const result = await this.until(tag)
    return { ...result, untagged: [...untagged, ...result.untagged] }
  }

  /** Reads responses up to the end of the command with this tag. @throws {Disconnected} */
  async until(tag: string): Promise<ImapResult> {
    const untagged: ImapResponse[] = []
    for (;;) {
      const response = await this.response()
      if (response.text.startsWith(`${tag} `)) return ended(response.text.slice(tag.length + 1), untagged)
      untagged.push(response)
    }
  }

  /** The next response, whatever it is. @throws {Disconnected} */
  async response(): Promise<ImapResponse> {
    let text = ''
    const literals: Buffer[] = []
    for (;;) {
      const line = await this.wire.line()
      const found = /\{(\d+)\}$/.exec(line)
      if (found === null) return { text: text + line, literals }
      text += `${line.slice(0, found.index)}{${literals.length}}`
      literals.push(Buffer.from(await this.wire.bytes(Number(found[1]))))
    }
  }

  [Symbol.dispose](): void {
    this.wire[Symbol.dispose]()
  }
}

function ended(text: string, untagged: readonly ImapResponse[]): ImapResult {
  const status = text.split(' ', 1)[0]
  if (status !== 'OK' && status !== 'NO' && status !== 'BAD') throw new Error(`no end of a command: ${text}`)
  return { status, text: text.slice(status.length + 1), untagged }
}
