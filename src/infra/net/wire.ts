import type { Socket } from 'node:net'
import { InputBuffer } from '../../base/input-buffer.ts'
import type { Log } from '../../base/log.ts'
import type { Ended, Line, Peer, Taken, TlsState, Wire } from '../../base/wire.ts'
import { secure, type TlsSide, tlsStateOf } from './handshake.ts'
import { LINGER_BYTES, LINGER_MS, MAX_INPUT_BYTES, MAX_OUTPUT_BYTES, RESUME_INPUT_BYTES, SEND_AT_BYTES } from './limits.ts'
import { SendQueue } from './send-queue.ts'

/** What a connection needs beside its socket. `tls` is null when there is never any on it. */
export interface WireOptions {
  readonly peer: Peer
  readonly tls: TlsSide | null
  readonly log: Log
}

const END: Ended = { kind: 'end' }
const TIMEOUT: Ended = { kind: 'timeout' }
const ABORTED: Ended = { kind: 'aborted' }

/**
 * `Wire` over a TCP connection, plain or TLS.
 *
 * Replies are gathered and leave in one write. Both directions are bounded: the socket stops reading while too much
 * waits for the session, and the session waits while too much waits for the peer. One timer and one abort listener
 * serve the whole connection; a line that is already there costs neither. `withinMs` counts from the call, so
 * a peer cannot stretch a line by sending it byte by byte. Arrays given to `write` must not change afterwards.
 */
export class SocketWire implements Wire {
  readonly peer: Peer
  readonly #side: TlsSide | null
  readonly #log: Log
  readonly #input = new InputBuffer()
  readonly #output = new SendQueue()
  #socket: Socket
  #tls: TlsState | null = null

  #ended = false
  #lingered = 0
  /** The peer sends no more (it may still read). */
  #over = false
  #closed = false
  #paused = false
  #wakeInput: ((ended: Ended | null) => void) | null = null
  #wakeOutput: ((taken: boolean) => void) | null = null
  #timer: NodeJS.Timeout | null = null
  #timerMs = 0
  #signal: AbortSignal | null = null

  private constructor(socket: Socket, options: WireOptions) {
    this.#socket = socket
    this.peer = options.peer
    this.#side = options.tls
    this.#log = options.log
    socket.on('error', () => {}) // A reset: 'close' follows, and the session hears `end`.
  }

  /** Takes over a connected socket that speaks plain text (and perhaps STARTTLS later). */
  static plain(socket: Socket, options: WireOptions): SocketWire {
    const wire = new SocketWire(socket, options)
    wire.#attach(socket)
    return wire
  }

  /** Takes over a connected socket that begins with TLS (RFC 8314 §3). Null when the handshake failed: the connection is closed then. */
  static async tls(socket: Socket, options: WireOptions, withinMs: number): Promise<SocketWire | null> {
    const wire = new SocketWire(socket, options)
    return (await wire.#upgrade(withinMs)) === null ? null : wire
  }

  get tls(): TlsState | null {
    return this.#tls
  }

  get waiting(): number {
    return this.#input.size
  }

  async line(maxBytes: number, withinMs: number, signal: AbortSignal): Promise<Line> {
    if (this.#socket.writableLength > MAX_OUTPUT_BYTES && !(await this.flush(withinMs, signal))) return END
    for (let budgetMs: number | null = withinMs; ; budgetMs = null) {
      const line = this.#input.line(maxBytes)
      if (line !== null) {
        this.#relieve()
        return line
      }
      const ended = await this.#more(budgetMs, signal)
      if (ended !== null) return ended
    }
  }

  async take(maxBytes: number, withinMs: number, signal: AbortSignal): Promise<Taken> {
    for (;;) {
      const bytes = this.#input.take(maxBytes)
      if (bytes !== null) {
        this.#relieve()
        return { kind: 'bytes', bytes }
      }
      const ended = await this.#more(withinMs, signal)
      if (ended !== null) return ended
    }
  }

  putBack(bytes: Uint8Array): void {
    this.#input.putBack(bytes)
  }

  write(data: string | Uint8Array): void {
    if (this.#ended || this.#closed || data.length === 0) return
    this.#output.add(data)
    if (this.#output.size >= SEND_AT_BYTES) this.#output.sendTo(this.#socket)
  }

  async flush(withinMs: number, signal: AbortSignal): Promise<boolean> {
    this.#output.sendTo(this.#socket)
    if (this.#closed) return false
    const socket = this.#socket
    if (socket.writableLength < socket.writableHighWaterMark) return true
    return await new Promise((resolve) => {
      const cut = (): void => {
        socket.destroy()
        this.#wakeOutput?.(false)
      }
      const timer = setTimeout(cut, withinMs)
      signal.addEventListener('abort', cut)
      this.#wakeOutput = (taken) => {
        this.#wakeOutput = null
        clearTimeout(timer)
        signal.removeEventListener('abort', cut)
        resolve(taken)
      }
      if (signal.aborted) cut()
    })
  }

  async startTls(withinMs: number): Promise<TlsState | null> {
    if (this.#tls !== null) throw new Error('TLS is up already')
    const socket = this.#socket
    // Nothing read in clear from here on; what the kernel still holds can only be taken for a (broken) handshake.
    socket.pause()
    socket.removeAllListeners('data')
    while (socket.read() !== null);
    this.#input.clear()
    this.#output.sendTo(this.#socket)
    return await this.#upgrade(withinMs)
  }

  end(): void {
    if (this.#ended) return
    this.#output.sendTo(this.#socket)
    this.#ended = true
    if (this.#closed) return
    this.#input.clear()
    this.#socket.end()
    this.#socket.resume() // The peer's last bytes are read and dropped: unread ones would turn our FIN into a reset.
    clearTimeout(this.#timer ?? undefined)
    this.#timer = setTimeout(() => this.#socket.destroy(), LINGER_MS)
  }

  /** Cuts the connection at once, whatever is queued. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Resolves when the connection is gone for good. */
  async closed(): Promise<void> {
    if (this.#closed) return
    await new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
  }

  #attach(socket: Socket): void {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('end', () => this.#onEnd())
    socket.on('drain', () => this.#wakeOutput?.(true))
    socket.on('close', () => this.#onClose())
    socket.resume() // It may have been paused while a preamble was read.
    if (socket.destroyed) this.#onClose()
  }

  #onData(chunk: Buffer): void {
    if (this.#ended) {
      this.#lingered += chunk.length
      if (this.#lingered > LINGER_BYTES) this.#socket.destroy()
      return
    }
    this.#input.push(chunk)
    if (this.#input.size > MAX_INPUT_BYTES && !this.#paused) {
      this.#paused = true
      this.#socket.pause()
    }
    this.#wakeInput?.(null)
  }

  #onEnd(): void {
    this.#over = true
    this.#wakeInput?.(END)
  }

  #onClose(): void {
    this.#closed = true
    this.#over = true
    clearTimeout(this.#timer ?? undefined)
    this.#timer = null
    this.#watch(null)
    this.#output.clear()
    this.#wakeInput?.(END)
    this.#wakeOutput?.(false)
  }

  /** Goes on reading once the session has taken enough. */
  #relieve(): void {
    if (!this.#paused || this.#input.size > RESUME_INPUT_BYTES) return
    this.#paused = false
    this.#socket.resume()
  }

  /** Waits for input. `budgetMs` null: the time given to the first wait of this call is still running. */
  async #more(budgetMs: number | null, signal: AbortSignal): Promise<Ended | null> {
    this.#output.sendTo(this.#socket)
    if (this.#over || this.#ended) return END
    if (signal.aborted) return ABORTED
    if (this.#paused) {
      // The session wants more than we like to hold: its own `maxBytes` is the bound then.
      this.#paused = false
      this.#socket.resume()
    }
    if (budgetMs !== null) this.#arm(budgetMs)
    this.#watch(signal)
    return await new Promise((resolve) => {
      this.#wakeInput = (ended) => {
        this.#wakeInput = null
        resolve(ended)
      }
    })
  }

  /** One timer for all waits. It is left to run out: starting the next wait only moves it. */
  #arm(withinMs: number): void {
    if (this.#timer !== null && this.#timerMs === withinMs) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer ?? undefined)
    this.#timerMs = withinMs
    this.#timer = setTimeout(() => this.#wakeInput?.(TIMEOUT), withinMs)
  }

  /** One listener for as long as the session uses the same signal, which is nearly always its whole life. */
  #watch(signal: AbortSignal | null): void {
    if (this.#signal === signal) return
    this.#signal?.removeEventListener('abort', this.#onAbort)
    signal?.addEventListener('abort', this.#onAbort)
    this.#signal = signal
  }

  readonly #onAbort = (): void => this.#wakeInput?.(ABORTED)

  async #upgrade(withinMs: number): Promise<TlsState | null> {
    if (this.#side === null) throw new Error('this connection has no TLS')
    const secured = await secure(this.#socket, this.#side, withinMs)
    if (!secured.ok) {
      this.#log.info('tls.failed', { localPort: this.peer.localPort, reason: secured.error })
      this.#onClose()
      return null
    }
    this.#tls = tlsStateOf(secured.value)
    this.#paused = false
    this.#attach(secured.value)
    return this.#tls
  }
}
