import type { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { canonicalBody } from './canonical-body.ts'
import type { Canonicalization, CanonicalBody } from './canonical-body.ts'

/** A digest that is wanted of a body. `limit` is `l=`: octets of the canonical body that count; null for all. */
export interface BodyNeed {
  readonly how: Canonicalization
  readonly limit: number | null
}

/** What was asked of a body. */
export interface BodyDigest {
  /** SHA-256. */
  readonly hash: Buffer
  /** Octets of the whole canonical body, so that it shows whether `l=` left some out or asked for more than there is. */
  readonly totalBytes: number
}

interface Running {
  readonly need: BodyNeed
  readonly hash: Hash
  left: number
}

interface Canon {
  readonly body: CanonicalBody
  totalBytes: number
}

/** Makes all digests that a message's signatures need in one pass: each canonicalization is done once, equal needs share a digest. */
export class BodyDigests {
  readonly #running = new Map<string, Running>()
  readonly #canons = new Map<Canonicalization, Canon>()
  readonly #done = new Map<string, Buffer>()

  constructor(needs: readonly BodyNeed[]) {
    for (const need of needs) {
      const key = keyOf(need)
      if (!this.#running.has(key)) this.#running.set(key, { need, hash: createHash('sha256'), left: need.limit ?? Number.POSITIVE_INFINITY })
      if (!this.#canons.has(need.how)) this.#canons.set(need.how, this.#canon(need.how))
    }
  }

  /** The next piece of the body. */
  push(bytes: Uint8Array): void {
    for (const { body } of this.#canons.values()) body.push(bytes)
  }

  /** The body is complete. */
  end(): void {
    for (const { body } of this.#canons.values()) body.end()
    for (const [key, { hash }] of this.#running) this.#done.set(key, hash.digest())
  }

  /** After `end`: the digest of a need given to the constructor. */
  digest(need: BodyNeed): BodyDigest {
    const hash = this.#done.get(keyOf(need))
    if (hash === undefined) throw new Error('this digest was not asked for, or the body is not complete')
    return { hash, totalBytes: this.#canons.get(need.how)?.totalBytes ?? 0 }
  }

  #canon(how: Canonicalization): Canon {
    const canon: Canon = { totalBytes: 0, body: canonicalBody(how, (bytes) => this.#take(how, canon, bytes)) }
    return canon
  }

  #take(how: Canonicalization, canon: Canon, bytes: Uint8Array): void {
    canon.totalBytes += bytes.length
    for (const running of this.#running.values()) {
      if (running.need.how !== how || running.left === 0) continue
      const counted = bytes.length > running.left ? bytes.subarray(0, running.left) : bytes
      running.hash.update(counted)
      running.left -= counted.length
    }
  }
}

function keyOf({ how, limit }: BodyNeed): string {
  return `${how} ${limit ?? 'all'}`
}
