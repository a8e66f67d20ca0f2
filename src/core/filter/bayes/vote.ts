import type { AccountId, MessageId, OrganizationId } from '../../../base/brand.ts'
import type { Judgement } from '../../mailbox/judged.ts'
import type { Mark } from './junked-before.ts'
import type { Tokens } from './token-set.ts'

/** What a message is learned as. */
export type MailClass = 'spam' | 'ham'

/** A message, and what its recipient said of it. */
export interface Vote extends Mark {
  readonly organization: OrganizationId
  readonly account: AccountId
  readonly message: MessageId
  readonly tokens: Tokens
}

/** What an account last said of a message, and what is learned of it for that; null when it took back what it had said before. */
export interface Standing {
  readonly said: Judgement
  readonly class: MailClass | null
}

/**
 * What saying something does to what was said before. The same again does nothing, so a client that moves a message and marks it too says it once; the contrary takes
 * back what was learned, and leaves the counts as if nothing had been said; said once more it is learned anew. Null: nothing changes.
 */
export function afterSaying(said: Judgement, before: Standing | null): Standing | null {
  if (before?.said === said) return null
  if (before !== null && before.class !== null) return { said, class: null }
  return { said, class: said === 'junk' ? 'spam' : 'ham' }
}
