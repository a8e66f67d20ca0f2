import type { Migration } from '../../infra/db/migrate.ts'

/** How many messages of an account linked to what DNS lists have. */
export const migration0042: Migration = {
  version: 42,
  name: 'listed-links',
  statements: ['ALTER TABLE send_hour ADD COLUMN listed INT NOT NULL DEFAULT 0'],
}
