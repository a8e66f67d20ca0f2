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
  readonly canon: Canon
  readonly hash: Hash
  left: number
  /** Null until the body is complete. */
  digest: Buffer | null
}

interface Canon {
  readonly how: Canonicalization
  readonly body: CanonicalBody
  totalBytes: number
}

/** Makes all digests that a message's signatures need in one pass: each canonicalization is done once, equal needs share a digest. */
export class BodyDigests {
  readonly #running: Running[] = []
  readonly #canons: Canon[] = []

  constructor(needs: readonly BodyNeed[]) {
    for (const need of needs) {
      if (this.#runningFor(need) !== undefined) continue
      const canon = this.#canons.find(({ how }) => how === need.how) ?? this.#canon(need.how)
      this.#running.push({ need, canon, hash: createHash('sha256'), left: need.limit ?? Number.POSITIVE_INFINITY, digest: null })
    }
  }

  /** The next piece of the body. */
  push(bytes: Uint8Array): void {
    for (const { body } of this.#canons) body.push(bytes)
  }

  /** The body is complete. */
  end(): void {
    for (const { body } of this.#canons) body.end()
    for (const running of this.#running) running.digest = running.hash.digest()
  }

  /** After `end`: the digest of a need given to the constructor. */
  digest(need: BodyNeed): BodyDigest {
    const running = this.#runningFor(need)
    if (running === undefined || running.digest === null) throw new Error('this digest was not asked for, or the body is not complete')
    return { hash: running.digest, totalBytes: running.canon.totalBytes }
  }

  /** There are few. */
  #runningFor({ how, limit }: BodyNeed): Running | undefined {
    return this.#running.find(({ need }) => need.how === how && need.limit === limit)
  }

  #canon(how: Canonicalization): Canon {
    const canon: Canon = { how, totalBytes: 0, body: canonicalBody(how, (bytes) => this.#take(canon, bytes)) }
    this.#canons.push(canon)
    return canon
  }

  #take(canon: Canon, bytes: Uint8Array): void {
    canon.totalBytes += bytes.length
    for (const running of this.#running) {
      if (running.canon !== canon || running.left === 0) continue
      const counted = bytes.length > running.left ? bytes.subarray(0, running.left) : bytes
      running.hash.update(counted)
      running.left -= counted.length
    }
  }
}
