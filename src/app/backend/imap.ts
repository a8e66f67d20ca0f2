// Placeholder so that the server starts: to be replaced by the adapter from core/mailbox to ImapBackend.
import type { Services } from '../worker.ts'
import type { SegmentReader } from '../../core/mailbox/body.ts'
import type { ImapBackend } from '../../proto/imap/backend.ts'
import type { Identity } from '../../core/access/identity.ts'
export function imapBackend(_house: Services & { readonly segments: SegmentReader }): ImapBackend<Identity> {
  throw new Error('not yet')
}
