import type { Buffer } from 'node:buffer'
import { readHeader } from '../mail/headers.ts'
import type { Field } from '../mail/headers.ts'
import { BodyDigests } from './body-digest.ts'
import type { BodyDigest, BodyNeed } from './body-digest.ts'
import { MessageSplit } from './split.ts'

/** A message's header, cut into fields. */
export interface HeaderView {
  /** Without the empty line. */
  readonly bytes: Buffer
  readonly fields: readonly Field[]
}

/**
 * One pass over a message that comes in pieces, for everybody who signs or verifies it: the header is cut once, the body made
 * canonical once in each way, and each digest that is wanted taken once.
 */
export class MessagePass {
  readonly #split: MessageSplit
  #digests = new BodyDigests([])

  /** `onHeader` gets the header once and says which digests of the body are wanted. */
  constructor(onHeader: (header: HeaderView) => readonly BodyNeed[]) {
    this.#split = new MessageSplit((bytes) => {
      const digests = new BodyDigests(onHeader({ bytes, fields: readHeader(bytes).fields }))
      this.#digests = digests
      return (body) => digests.push(body)
    })
  }

  /** The next piece of the message. It may be overwritten when this returns. */
  push(bytes: Uint8Array): void {
    this.#split.push(bytes)
  }

  /** The message is complete. `header-too-large`: then nothing can be said of it. */
  end(): 'complete' | 'header-too-large' {
    this.#split.end()
    if (this.#split.headerTooLarge) return 'header-too-large'
    this.#digests.end()
    return 'complete'
  }

  /** After `end`: a digest that was wanted. */
  digest(need: BodyNeed): BodyDigest {
    return this.#digests.digest(need)
  }
}
