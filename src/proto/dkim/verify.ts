import type { AskKey } from './ask-key.ts'
import { DkimCheck, HEADER_TOO_LARGE } from './check.ts'
import type { DkimFinding } from './finding.ts'
import { MessagePass } from './message-pass.ts'

/**
 * Verifies the signatures of a message that passes by once. RFC 6376 §6, RFC 8301, RFC 8463. Who wants its ARC chain too takes
 * `MessageVerifier` (`proto/arc`), which makes one pass for both.
 *
 * Pure but for the key query that it is given. Signatures are independent: each gets its own finding, in the order of the
 * message, and none of them is worth more than the domain that it names.
 */
export class Verifier {
  readonly #pass: MessagePass
  #check: DkimCheck | null = null

  constructor() {
    this.#pass = new MessagePass((header) => {
      this.#check = new DkimCheck(header)
      return this.#check.needs
    })
  }

  /** The next piece of the message, as it was received. It may be overwritten when this returns. */
  push(bytes: Uint8Array): void {
    this.#pass.push(bytes)
  }

  /** The findings, top to bottom; none when the message is not signed. */
  async finish(askKey: AskKey, nowMs: number, signal: AbortSignal): Promise<readonly DkimFinding[]> {
    if (this.#pass.end() === 'header-too-large') return [HEADER_TOO_LARGE]
    return this.#check === null ? [] : await this.#check.judge((need) => this.#pass.digest(need), askKey, nowMs, signal)
  }
}
