import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

/** One connection to an HTTP server, kept. Its own few lines: what a whole client costs would be measured too, on the same processors. */
export class HttpConnection implements Disposable {
  readonly #socket: Socket
  #waiting: PromiseWithResolvers<number> | null = null
  #held = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay().setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('close', () => this.#waiting?.reject(new Error('the server has closed the connection')))
  }

  /** Connects to a port of this machine. */
  static async open(port: number): Promise<HttpConnection> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new HttpConnection(socket)
  }

  /** Sends a request as it stands and gives the status of its answer. One at a time. */
  send(request: string | Uint8Array): Promise<number> {
    this.#waiting = Promise.withResolvers<number>()
    this.#socket.write(request)
    return this.#waiting.promise
  }

  #take(text: string): void {
    this.#held += text
    const end = this.#held.indexOf('\r\n\r\n')
    if (end === -1) return
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#held.slice(0, end))?.[1] ?? 0)
    if (this.#held.length < end + 4 + length) return
    const status = Number(this.#held.slice(9, 12))
    this.#held = ''
    this.#waiting?.resolve(status)
  }

  [Symbol.dispose](): void {
    this.#waiting = null
    this.#socket.destroy()
  }
}

/** A POST of JSON, ready to be sent many times. */
export function jsonPost(path: string, key: string, body: unknown): Buffer {
  const text = JSON.stringify(body)
  const lines = [`POST ${path} HTTP/1.1`, 'host: 127.0.0.1', `authorization: Bearer ${key}`, 'content-type: application/json', `content-length: ${Buffer.byteLength(text)}`]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${text}`)
}
