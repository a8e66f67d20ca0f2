import { LineSocket, type LineSocketOptions } from './line-socket.ts'

/** A small POP3 client for tests. */
export class Pop3Client implements Disposable {
  readonly wire: LineSocket

  private constructor(wire: LineSocket) {
    this.wire = wire
  }

  /** Connects, reads the greeting and logs in. Throws when the login is refused. @throws {Disconnected} */
  static async login(options: LineSocketOptions, user: string, password: string): Promise<Pop3Client> {
    const client = new Pop3Client(await LineSocket.open(options))
    await client.wire.line()
    for (const line of [`USER ${user}`, `PASS ${password}`]) {
      const reply = await client.command(line)
      if (!reply.startsWith('+OK')) {
        client[Symbol.dispose]()
        throw new Error(`${line.slice(0, 4)}: ${reply}`)
      }
    }
    return client
  }

  /** Says a line and gives the first line of the answer. @throws {Disconnected} */
  async command(line: string): Promise<string> {
    await this.wire.write(`${line}\r\n`)
    return await this.wire.line()
  }

  /** A command with an answer of many lines, without its first and its last, dots unstuffed. Throws when it is refused. */
  async list(line: string): Promise<readonly string[]> {
    const status = await this.command(line)
    if (!status.startsWith('+OK')) throw new Error(`${line}: ${status}`)
    const lines: string[] = []
    for (;;) {
      const next = await this.wire.line()
      if (next === '.') return lines
      lines.push(next.startsWith('.') ? next.slice(1) : next)
    }
  }

  [Symbol.dispose](): void {
    this.wire[Symbol.dispose]()
  }
}
