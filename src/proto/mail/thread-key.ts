import { hash } from 'node:crypto'
import { foldText } from './fold-text.ts'
import { baseSubject } from './subject.ts'

/** What threading looks at. */
export interface Threadable {
  /** Without brackets; null when the message has none. */
  readonly messageId: string | null
  /** Ids of References and In-Reply-To, oldest first. */
  readonly references: readonly string[]
  /** The unfolded Subject, or null. */
  readonly subject: string | null
}

/** Keys of at most this many references: half from the root on, half up to the parent. */
const MAX_KEYED = 20

/**
 * The keys under which a message finds its thread: two messages that share a key belong together. The first is that of its own
 * Message-ID, when it has one, then come those of what it answers.
 *
 * A key is 16 bytes of SHA-256 over a message id and the folded base subject, as 22 characters of base64url: a new subject under an
 * old reference starts a new thread (RFC 8621 §3), and the key tells nothing of either.
 */
export function threadKeys(message: Threadable): readonly string[] {
  const base = foldText(baseSubject(message.subject ?? '').base)
  const { references } = message
  const half = MAX_KEYED / 2
  const near = references.length <= MAX_KEYED ? references : [...references.slice(0, half), ...references.slice(-half)]
  const ids = message.messageId === null ? near : [message.messageId, ...near]
  return [...new Set(ids)].map((id) => threadKey(id, base))
}

function threadKey(id: string, base: string): string {
  return hash('sha256', `${id}\0${base}`, 'buffer').subarray(0, 16).toString('base64url')
}
