import { MAX_BODY_BYTES, MAX_LARGE_BYTES, MAX_LARGE_BYTES_EACH } from '../limits.ts'
import type { HttpRequest } from '../request.ts'
import type { LargeBody } from './api.ts'
import { Problem } from './problem.ts'

/** How an organization's request has its body read. */
export type LargeBodyFor = (organization: string) => LargeBody

/**
 * Counts the large bodies that are in memory, or on their way there: a client may take a minute to send one. No organization has more than its share, so
 * that one that sends slowly keeps no other from sending.
 */
export class Held {
  #bytes = 0
  readonly #byOrganization = new Map<string, number>()

  /** Room for the body of a request until it is disposed. What does not say how long it is counts as the longest. */
  open(request: HttpRequest): Disposable & { readonly readFor: LargeBodyFor } {
    const taken: (readonly [organization: string, bytes: number])[] = []
    const readFor: LargeBodyFor = (organization) => async (maxBytes) => {
      const bytes = Math.min(maxBytes, Number(request.headers['content-length'] ?? maxBytes))
      const counted = bytes > MAX_BODY_BYTES ? bytes : 0
      this.#take(organization, counted)
      taken.push([organization, counted])
      const body = await request.body(maxBytes)
      if (body === null) throw new Problem(413, 'too_large', `The body is larger than ${maxBytes} octets`)
      return body as Uint8Array<ArrayBuffer> // Out of `Buffer.concat`: no shared memory.
    }
    return { readFor, [Symbol.dispose]: () => taken.forEach(([organization, bytes]) => this.#add(organization, -bytes)) }
  }

  #take(organization: string, bytes: number): void {
    const own = (this.#byOrganization.get(organization) ?? 0) + bytes
    if (bytes > 0 && (own > MAX_LARGE_BYTES_EACH || this.#bytes + bytes > MAX_LARGE_BYTES)) throw new Problem(503, 'busy', 'Too many large requests at once: try again in a moment', { headers: { 'retry-after': '1' } })
    this.#add(organization, bytes)
  }

  #add(organization: string, bytes: number): void {
    this.#bytes += bytes
    const own = (this.#byOrganization.get(organization) ?? 0) + bytes
    if (own === 0) this.#byOrganization.delete(organization)
    else this.#byOrganization.set(organization, own)
  }
}
