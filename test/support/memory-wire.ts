import { InputBuffer } from '../../src/base/input-buffer.ts'
import type { Ended, Line, Peer, Taken, TlsState, Wire } from '../../src/base/wire.ts'

/** What a test may say about its pretended connection. */
export interface MemoryWireOptions {
  readonly peer?: Partial<Peer>
  readonly tls?: TlsState | null
}

/** TLS as a test pretends it. */
export const TEST_TLS: TlsState = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', serverName: null, exporter: new Uint8Array(32) }

/** A connection in memory: the session holds the `Wire`, the test holds `say`, `hear` and `hangUp`. */
export class MemoryWire implements Wire {
  readonly peer: Peer
  tls: TlsState | null
  #input = new InputBuffer()
  #gone = false
  #ended = false
  #wake: (() => void) | null = null
  #heard: Uint8Array[] = []
  #queued: Uint8Array[] = []
  #onOutput: (() => void) | null = null

  constructor(options: MemoryWireOptions = {}) {
    this.peer = { address: '127.0.0.9', port: 40000, localAddress: '127.0.0.1', localPort: 25, ...options.peer }
    this.tls = options.tls ?? null
  }

  // --- the session's side

  get waiting(): number {
    return this.#input.size
  }

  async line(maxBytes: number, withinMs: number, signal: AbortSignal): Promise<Line> {
    for (;;) {
      const line = this.#input.line(maxBytes)
      if (line !== null) return line
      const ended = await this.#wait(withinMs, signal)
      if (ended !== null) return ended
    }
  }

  async take(maxBytes: number, withinMs: number, signal: AbortSignal): Promise<Taken> {
    for (;;) {
      const bytes = this.#input.take(maxBytes)
      if (bytes !== null) return { kind: 'bytes', bytes }
      const ended = await this.#wait(withinMs, signal)
      if (ended !== null) return ended
    }
  }

  putBack(bytes: Uint8Array): void {
    this.#input.putBack(bytes)
  }

  write(data: string | Uint8Array): void {
    if (this.#ended) return
    this.#queued.push(typeof data === 'string' ? new TextEncoder().encode(data) : data.slice())
  }

  async flush(_withinMs: number, _signal: AbortSignal): Promise<boolean> {
    this.#send()
    return !this.#gone
  }

  async startTls(_withinMs: number): Promise<TlsState | null> {
    this.#send()
    this.#input.clear()
    this.tls = TEST_TLS
    return this.tls
  }

  end(): void {
    this.#send()
    this.#ended = true
    this.#onOutput?.()
  }

  // --- the test's side

  /** The peer sends bytes. */
  say(data: string | Uint8Array): void {
    this.#input.push(typeof data === 'string' ? new TextEncoder().encode(data) : data)
    this.#wake?.()
  }

  /** The peer closes its side. */
  hangUp(): void {
    this.#gone = true
    this.#wake?.()
  }

  /** True once the session has ended the connection. */
  get ended(): boolean {
    return this.#ended
  }

  /** Everything the session has sent since the last call, waiting for some when there is none; '' once it has ended. */
  async hear(): Promise<string> {
    return Buffer.from(await this.hearBytes()).toString('utf8')
  }

  /** The same as bytes; none once it has ended. */
  async hearBytes(): Promise<Uint8Array> {
    if (this.#heard.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve
      })
      this.#onOutput = null
    }
    const bytes = Buffer.concat(this.#heard)
    this.#heard = []
    return bytes
  }

  #send(): void {
    if (this.#queued.length === 0) return
    this.#heard.push(...this.#queued)
    this.#queued = []
    this.#onOutput?.()
  }

  /** Waits for input as a socket would: what is queued leaves first. Silence lasts until the session is told. */
  async #wait(withinMs: number, signal: AbortSignal): Promise<Ended | null> {
    this.#send()
    if (this.#gone || this.#ended) return { kind: 'end' }
    if (signal.aborted) return { kind: 'aborted' }
    return await new Promise((resolve) => {
      const timer = setTimeout(() => finish({ kind: 'timeout' }), withinMs)
      const onAbort = (): void => finish({ kind: 'aborted' })
      const finish = (ended: Ended | null): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        this.#wake = null
        resolve(ended)
      }
      this.#wake = () => finish(null)
      signal.addEventListener('abort', onAbort)
    })
  }
}
