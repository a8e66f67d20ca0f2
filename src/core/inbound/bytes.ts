import type { MessageId, OrganizationId } from '../../base/brand.ts'
import type { Location } from '../mailbox/mailbox.ts'

/** Whose bytes, and of which message: written before them, so that a segment can be read without the database. */
export interface BytesOwner {
  readonly organization: OrganizationId
  readonly message: MessageId
}

/** Where message bytes that do not go into the database are kept. Throws `Unavailable`, `full` when there is no room. */
export interface ByteStore {
  /** Keeps bytes; safe from power loss when it resolves. */
  append(owner: BytesOwner, bytes: Uint8Array): Promise<Location>
  /** Keeps bytes that come bit by bit. */
  spool(owner: BytesOwner): Promise<Spool>
}

/** Bytes on their way to the disk. `commit` or `abort` is called once, as the last call. */
export interface Spool {
  write(bytes: Uint8Array): Promise<void>
  /** All have come: safe from power loss when it resolves. */
  commit(): Promise<Location>
  /** Nothing of it stays. */
  abort(): Promise<void>
}
