import type { AskKey } from '../dkim/ask-key.ts'
import type { BodyDigest, BodyNeed } from '../dkim/body-digest.ts'
import { DkimCheck, HEADER_TOO_LARGE } from '../dkim/check.ts'
import type { DkimFinding } from '../dkim/finding.ts'
import { MessagePass } from '../dkim/message-pass.ts'
import type { HeaderView } from '../dkim/message-pass.ts'
import { ARC_NONE, ArcCheck, failed } from './check.ts'
import type { ArcResult } from './check.ts'

/** What all signatures of a message are worth. */
export interface MessageFindings {
  /** Top to bottom. */
  readonly dkim: readonly DkimFinding[]
  readonly arc: ArcResult
}

/**
 * Verifies DKIM signatures and the ARC chain of a message that passes by once: its header is cut once and its body made canonical
 * once for both. RFC 6376 §6, RFC 8617 §5.2. Pure but for the key query that it is given.
 */
export class MessageVerifier {
  readonly #pass: MessagePass
  #dkim: DkimCheck | null = null
  #arc: ArcCheck | null = null

  /** `onHeader` is told the header when it is complete, for those who want to look at it without cutting it again. */
  constructor(onHeader: (header: HeaderView) => void = () => undefined) {
    this.#pass = new MessagePass((header) => {
      onHeader(header)
      const dkim = new DkimCheck(header)
      const arc = new ArcCheck(header)
      this.#dkim = dkim
      this.#arc = arc
      return [...dkim.needs, ...arc.needs]
    })
  }

  /** The next piece of the message, as it was received. It may be overwritten when this returns. */
  push(bytes: Uint8Array): void {
    this.#pass.push(bytes)
  }

  /** The findings, when the message is complete. */
  async finish(askKey: AskKey, nowMs: number, signal: AbortSignal): Promise<MessageFindings> {
    if (this.#pass.end() === 'header-too-large') return { dkim: [HEADER_TOO_LARGE], arc: failed('header-too-large', null) }
    const digest = (need: BodyNeed): BodyDigest => this.#pass.digest(need)
    const signatures = this.#dkim?.judge(digest, askKey, nowMs, signal) ?? []
    if (this.#arc === null || this.#arc.isAbsent) return { dkim: await signatures, arc: ARC_NONE }
    const [dkim, arc] = await Promise.all([signatures, this.#arc.judge(digest, askKey, nowMs, signal)])
    return { dkim, arc }
  }
}
