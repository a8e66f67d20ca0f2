import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { proxyHeader } from './proxy-header.ts'

/** Where the proxy of these tests is: a server that is told to believe it has it in `proxies`. */
export const PROXY_ADDRESS = '127.0.0.2'

/** How long an answer may take before the test has failed: far more than a busy machine needs. */
const PATIENCE_MS = 120_000

/** Thrown when the peer closed, reset or kept silent. What was sent may or may not have arrived. */
export class Disconnected extends Error {
  override readonly name = 'Disconnected'
}

/** How to connect to 127.0.0.1. */
export interface LineSocketOptions {
  readonly port: number
  /** TLS from the first byte; the certificate is not checked. */
  readonly tls?: true
  /** Comes by a proxy at `PROXY_ADDRESS`, which says that the client is at this address. */
  readonly from?: string
  /** Said at once behind the proxy's header, in the same packet: by a client that does not wait. */
  readonly blurts?: string
  /** The most a test waits for one answer. */
  readonly patienceMs?: number
}

/** A real connection of a test client: lines and counted bytes in, anything out. Text is Latin-1, one character a byte. */
export class LineSocket implements Disposable {
  #socket: Socket
  readonly #patienceMs: number
  #chunks: Buffer[] = []
  #length = 0
  #wake: () => void = () => {}
  #ended = false

  private constructor(socket: Socket, patienceMs: number) {
    this.#socket = socket
    this.#patienceMs = patienceMs
    this.#listen(socket)
  }

  /** Connects. @throws {Disconnected} when nobody listens. */
  static async open({ port, tls, from, blurts = '', patienceMs = PATIENCE_MS }: LineSocketOptions): Promise<LineSocket> {
    let socket = connect({ host: '127.0.0.1', port, noDelay: true, ...(from === undefined ? {} : { localAddress: PROXY_ADDRESS }) })
    try {
      await once(socket, 'connect')
      if (from !== undefined) socket.write(Buffer.concat([proxyHeader(from), Buffer.from(blurts)]))
      if (tls === true) {
        socket = connectTls({ socket, rejectUnauthorized: false })
        await once(socket, 'secureConnect')
      }
    } catch (cause) {
      throw new Disconnected(`nobody at port ${port}`, { cause })
    }
    return new LineSocket(socket, patienceMs)
  }

  /** True when the peer has closed and everything it said was read. */
  get isOver(): boolean {
    return this.#ended && this.#length === 0
  }

  /** True when the peer has said something that was not read yet. */
  get hasHeard(): boolean {
    return this.#length > 0
  }

  /** Sends at once. Resolves when the system has taken it, or the peer has gone: that shows at the next read. @throws {Disconnected} when it takes nothing. */
  async write(data: string | Uint8Array): Promise<void> {
    const socket = this.#socket
    if (socket.destroyed || socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)) return
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Disconnected(`nothing taken in ${this.#patienceMs} ms`)), this.#patienceMs)
      const done = (): void => {
        clearTimeout(timer)
        socket.off('drain', done).off('close', done)
        resolve()
      }
      socket.on('drain', done).on('close', done)
    })
  }

  /** The next line without its CRLF. @throws {Disconnected} */
  async line(): Promise<string> {
    for (let searched = 0; ; ) {
      const bytes = this.#joined()
      const at = bytes.indexOf(10, searched)
      if (at !== -1) return this.#cut(at + 1).toString('latin1', 0, at).replace(/\r$/, '')
      searched = bytes.length
      await this.#more()
    }
  }

  /** Exactly this many bytes. @throws {Disconnected} */
  async bytes(count: number): Promise<Buffer> {
    while (this.#length < count) await this.#more()
    return this.#cut(count)
  }

  /** Whatever is there, at least a byte. @throws {Disconnected} */
  async some(): Promise<Buffer> {
    while (this.#length === 0) await this.#more()
    return this.#cut(this.#length)
  }

  /** Goes on in TLS, after STARTTLS or STLS was granted. */
  async startTls(): Promise<void> {
    this.#socket.removeAllListeners('data')
    const secure = connectTls({ socket: this.#socket, rejectUnauthorized: false })
    await once(secure, 'secureConnect')
    this.#socket = secure
    this.#listen(secure)
  }

  /** Closes without a word, as a client that crashed. */
  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#length += chunk.length
      this.#wake()
    })
    socket.on('error', () => {}) // `close` follows and tells the reader.
    const over = (): void => {
      this.#ended = true
      this.#wake()
    }
    socket.on('end', over).on('close', over)
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new Disconnected('the peer has closed')
    const before = this.#length
    const patience = Promise.withResolvers<void>()
    const timer = setTimeout(() => patience.reject(new Disconnected(`no answer in ${this.#patienceMs} ms`)), this.#patienceMs)
    this.#wake = () => patience.resolve()
    try {
      await patience.promise
    } finally {
      clearTimeout(timer)
      this.#wake = () => {}
    }
    if (this.#ended && this.#length === before) throw new Disconnected('the peer has closed')
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0] as Buffer
  }

  #cut(count: number): Buffer {
    const bytes = this.#joined()
    this.#length = bytes.length - count
    this.#chunks = this.#length === 0 ? [] : [bytes.subarray(count)]
    return bytes.subarray(0, count)
  }
}
