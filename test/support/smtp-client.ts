import { LineSocket, type LineSocketOptions } from './line-socket.ts'

/** What the server said: all lines, the code of the last. */
export interface SmtpReply {
  readonly code: number
  readonly text: string
}

/** One message for `SmtpClient.send`. `data` has CRLF line endings and ends with one; dots are stuffed here. */
export interface Outgoing {
  readonly from: string
  readonly to: readonly string[]
  readonly data: string | Uint8Array
}

/** A small SMTP and LMTP client for tests: says what it is told and gives every reply. */
export class SmtpClient implements Disposable {
  readonly wire: LineSocket
  readonly greeting: SmtpReply

  private constructor(wire: LineSocket, greeting: SmtpReply) {
    this.wire = wire
    this.greeting = greeting
  }

  /** Connects and reads the greeting. @throws {Disconnected} */
  static async open(options: LineSocketOptions): Promise<SmtpClient> {
    const wire = await LineSocket.open(options)
    try {
      return new SmtpClient(wire, await readReply(wire))
    } catch (error) {
      wire[Symbol.dispose]()
      throw error
    }
  }

  /** Says a line and waits for its reply. @throws {Disconnected} */
  async command(line: string): Promise<SmtpReply> {
    await this.wire.write(`${line}\r\n`)
    return await readReply(this.wire)
  }

  /** The next reply, to what was written before. @throws {Disconnected} */
  reply(): Promise<SmtpReply> {
    return readReply(this.wire)
  }

  /** One transaction. The reply is the first that refuses, or the one after the final dot. @throws {Disconnected} */
  async send({ from, to, data }: Outgoing): Promise<SmtpReply> {
    for (const line of [`MAIL FROM:<${from}>`, ...to.map((address) => `RCPT TO:<${address}>`), 'DATA']) {
      const reply = await this.command(line)
      if (reply.code >= 400) {
        await this.command('RSET')
        return reply
      }
    }
    const text = typeof data === 'string' ? data : Buffer.from(data).toString('latin1')
    await this.wire.write(`${text.replaceAll('\r\n.', '\r\n..').replace(/^\./, '..')}.\r\n`)
    return await readReply(this.wire)
  }

  /** AUTH PLAIN in one line. @throws {Disconnected} */
  login(user: string, password: string): Promise<SmtpReply> {
    return this.command(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`)
  }

  [Symbol.dispose](): void {
    this.wire[Symbol.dispose]()
  }
}

async function readReply(wire: LineSocket): Promise<SmtpReply> {
  const lines: string[] = []
  for (;;) {
    const line = await wire.line()
    lines.push(line)
    if (line[3] !== '-') return { code: Number(line.slice(0, 3)), text: lines.join('\n') }
  }
}
