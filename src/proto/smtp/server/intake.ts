import { Buffer } from 'node:buffer'
import { type Reply, reply } from '../reply.ts'
import type { MessageSink, Outcome, SmtpBackend, Transaction } from './backend.ts'
import type { SmtpConfig } from './config.ts'
import { ourFault, TOO_LARGE } from './faults.ts'
import { FIRST_GATHER_BYTES, MAX_GATHERED_BYTES } from './limits.ts'

/** Where the bytes of a message go: into one array while it is small, into the backend's sink when it is not, nowhere once refused. */
type State =
  | { readonly at: 'gathering'; readonly bytes: Uint8Array; readonly length: number; readonly room: number }
  | { readonly at: 'streaming'; readonly sink: MessageSink }
  | { readonly at: 'refused'; readonly reply: Reply }

const EMPTY: State = { at: 'gathering', bytes: new Uint8Array(0), length: 0, room: 0 }
const OVER: State = { at: 'refused', reply: reply(451, '4.3.0', 'The message is gone, send it again') }

/**
 * Takes the checked bytes of one message and brings them to the backend.
 *
 * What the backend throws becomes a refusal: the rest of the message is read, dropped, and answered at its end. Whatever
 * happens, a sink that was opened gets `finish` or `abort`, and gathered memory goes back to the budget.
 */
export class Intake {
  readonly #transaction: Transaction
  readonly #backend: SmtpBackend
  readonly #config: SmtpConfig
  #state: State = EMPTY
  #total = 0

  constructor(transaction: Transaction, backend: SmtpBackend, config: SmtpConfig) {
    this.#transaction = transaction
    this.#backend = backend
    this.#config = config
  }

  /** Octets of the message so far, dropped ones too. */
  get total(): number {
    return this.#total
  }

  /** Why the message will not be taken, as far as it is known; null when nothing is wrong yet. */
  get refusal(): Reply | null {
    return this.#state.at === 'refused' ? this.#state.reply : null
  }

  /** Adds bytes, which may be overwritten when the promise resolves, or at once when there is none. `last`: no more come. */
  add(bytes: Uint8Array, more: 'more' | 'last'): Promise<void> | null {
    this.#total += bytes.length
    if (this.#state.at === 'refused' || bytes.length === 0) return null
    if (this.#total > this.#config.maxMessageBytes) return this.refuse(TOO_LARGE)
    if (this.#state.at === 'streaming') return this.#write(this.#state.sink, bytes)
    return this.#gather(bytes, more) ? null : this.#startStreaming(bytes)
  }

  /** Drops what was taken, and all that follows. The first refusal stays. */
  refuse(refusal: Reply): Promise<void> | null {
    const state = this.#state
    if (state.at === 'refused') return null
    this.#release()
    this.#state = { at: 'refused', reply: refusal }
    return state.at === 'streaming' ? this.#abort(state.sink) : null
  }

  /** The message is complete: gives it to the backend, or answers why not. */
  async finish(): Promise<Outcome> {
    const state = this.#state
    if (state.at === 'refused') return { kind: 'all', reply: state.reply }
    try {
      if (state.at === 'streaming') {
        this.#state = OVER
        return await state.sink.finish()
      }
      const { bytes, length } = state
      // A fresh array also for an empty message: the backend may transfer what it gets, and `EMPTY` is shared.
      const whole = length > 0 && length === bytes.length ? bytes : bytes.slice(0, length)
      return await this.#backend.deliver(this.#transaction, whole)
    } catch (error) {
      this.#config.onError(error, 'message')
      return { kind: 'all', reply: ourFault(error) }
    } finally {
      this.#release()
      this.#state = OVER
    }
  }

  /** The message will not be completed: nothing of it stays. Harmless after the end. */
  async abort(): Promise<void> {
    const state = this.#state
    if (state.at === 'refused') return
    this.#release()
    this.#state = OVER
    if (state.at === 'streaming') await this.#abort(state.sink)
  }

  /** Adds to the gathered bytes; false when there is no room for them. */
  #gather(bytes: Uint8Array, more: 'more' | 'last'): boolean {
    if (this.#state.at !== 'gathering') return false
    const { bytes: held, length, room: heldRoom } = this.#state
    const need = length + bytes.length
    const declared = this.#transaction.sender.size ?? FIRST_GATHER_BYTES
    if (need > MAX_GATHERED_BYTES || declared > MAX_GATHERED_BYTES) return false
    if (need <= held.length) {
      held.set(bytes, length)
      this.#state = { at: 'gathering', bytes: held, length: need, room: heldRoom }
      return true
    }
    const room = more === 'last' ? need : Math.min(Math.max(need, declared, held.length * 2), MAX_GATHERED_BYTES)
    if (!this.#config.gather.take(room - heldRoom)) return false
    // Not from Node's shared pool: the backend gets an ArrayBuffer of its own, and it was not filled with zeros first.
    const grown = new Uint8Array(Buffer.allocUnsafeSlow(room).buffer)
    grown.set(length === held.length ? held : held.subarray(0, length))
    grown.set(bytes, length)
    this.#state = { at: 'gathering', bytes: grown, length: need, room }
    return true
  }

  async #startStreaming(bytes: Uint8Array): Promise<void> {
    const gathered = this.#state.at === 'gathering' ? this.#state.bytes.subarray(0, this.#state.length) : null
    try {
      const sink = await this.#backend.open(this.#transaction)
      this.#release()
      this.#state = { at: 'streaming', sink }
      if (gathered !== null && gathered.length > 0) await sink.write(gathered)
      await sink.write(bytes)
    } catch (error) {
      await this.#failed(error)
    }
  }

  async #write(sink: MessageSink, bytes: Uint8Array): Promise<void> {
    try {
      await sink.write(bytes)
    } catch (error) {
      await this.#failed(error)
    }
  }

  async #failed(error: unknown): Promise<void> {
    this.#config.onError(error, 'message')
    await this.refuse(ourFault(error))
  }

  async #abort(sink: MessageSink): Promise<void> {
    try {
      await sink.abort()
    } catch (error) {
      this.#config.onError(error, 'abort')
    }
  }

  /** Gives gathered memory back. Its array may be detached by now, so the room is remembered apart. */
  #release(): void {
    if (this.#state.at !== 'gathering') return
    this.#config.gather.give(this.#state.room)
    this.#state = EMPTY
  }
}
