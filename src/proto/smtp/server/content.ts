import type { Reply } from '../reply.ts'
import type { Outcome, SmtpBackend, Transaction } from './backend.ts'
import type { SmtpConfig } from './config.ts'
import { BARE_LINE_END, textFault } from './faults.ts'
import { Intake } from './intake.ts'
import { LineNormalizer } from './line-normalizer.ts'
import { TextCheck } from './text-check.ts'

/** The content of one message on its way in, however it is framed: checked, repaired where the listener says so, handed on. */
export class Content {
  readonly #intake: Intake
  readonly #check: TextCheck | null
  readonly #normalizer: LineNormalizer | null

  /** DATA carries lines and passes NUL, as old mail has it; BDAT carries lines without NUL, or anything with BODY=BINARYMIME. */
  constructor(transaction: Transaction, framing: 'data' | 'chunks', backend: SmtpBackend, config: SmtpConfig) {
    const binary = framing === 'chunks' && transaction.sender.body === 'BINARYMIME'
    this.#intake = new Intake(transaction, backend, config)
    this.#check = binary ? null : new TextCheck(framing === 'chunks' ? 'reject' : 'pass')
    this.#normalizer = binary || config.bareLf === 'reject' ? null : new LineNormalizer()
  }

  /** Octets of the message so far. */
  get total(): number {
    return this.#intake.total
  }

  /** Why the message will not be taken, as far as it is known. */
  get refusal(): Reply | null {
    return this.#intake.refusal
  }

  /** True when the message was refused for line ends that could hide another message: the connection must end, RFC 5321 §2.3.8. */
  get smuggles(): boolean {
    return this.#intake.refusal === BARE_LINE_END
  }

  /** Adds bytes, which may be overwritten when the promise resolves, or at once when there is none. */
  add(bytes: Uint8Array, more: 'more' | 'last'): Promise<void> | null {
    if (this.#check === null) return this.#intake.add(bytes, more)
    const text = this.#normalizer === null ? bytes : this.#normalizer.push(bytes)
    this.#check.push(text)
    const { fault } = this.#check
    const refused = fault === null ? null : this.#intake.refuse(textFault(fault))
    const added = this.#intake.add(text, more)
    // A refused message is only counted, so at most one of the two is under way.
    return refused ?? added
  }

  /** Refuses the message: what follows is dropped. */
  refuse(reply: Reply): Promise<void> | null {
    return this.#intake.refuse(reply)
  }

  /** The message is complete. */
  async finish(): Promise<Outcome> {
    if (this.#normalizer !== null) await this.add(this.#normalizer.end(), 'last')
    this.#check?.end()
    const fault = this.#check?.fault ?? null
    if (fault !== null) await this.#intake.refuse(textFault(fault))
    return await this.#intake.finish()
  }

  /** The message will not be completed: nothing of it stays. */
  async abort(): Promise<void> {
    await this.#intake.abort()
  }
}
