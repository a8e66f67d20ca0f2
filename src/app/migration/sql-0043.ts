import type { Migration } from '../../infra/db/migrate.ts'

/** An endpoint may be a chat's: it is told in a sentence, in the form that the chat wants. */
export const migration0043: Migration = {
  version: 43,
  name: 'webhook-chat',
  // JSON; null for programs, which are told in full.
  statements: ['ALTER TABLE webhook ADD COLUMN chat TEXT'],
}
