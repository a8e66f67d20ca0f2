import type { OrganizationId } from '../../base/brand.ts'

/** An erasure of what an organization holds about an address. */
export interface Erasure {
  readonly organization: OrganizationId
  readonly id: string
  /** '' once it is done. */
  readonly address: string
  /** HMAC-SHA-256 of the address under the key of the installation, in hex. */
  readonly hash: string
  /** `account`: an account of that address is being removed. `rows`: a pass goes through all places. `files`: what held its large messages is compacted. */
  readonly state: 'account' | 'rows' | 'files' | 'done'
  /** Passes that were finished. */
  readonly pass: number
  /** Where the pass stands: a place, and a key in it; null at its beginning. */
  readonly place: number
  readonly after: readonly (string | number)[] | null
  /** Rows that this pass has changed, and all of them together. */
  readonly found: number
  readonly changed: number
  /** Messages that wait to be sent to somebody else, as the last look saw. */
  readonly waiting: number
  /** Segments that held messages to it. */
  readonly segments: readonly string[]
  /** Who asked: `key k...`, or `operator root`. */
  readonly askedBy: string
  readonly createdMs: number
  readonly doneMs: number | null
}
