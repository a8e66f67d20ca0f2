import type { Migration } from '../../infra/db/migrate.ts'

/** A mailbox that has no room left is told of once, and again only when it had some in between. */
export const migration0040: Migration = {
  version: 40,
  name: 'mailbox-full',
  // When it was told; null while there is room.
  statements: ['ALTER TABLE account ADD COLUMN full_ms INT'],
}
