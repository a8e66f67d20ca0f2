import type { Migration } from '../../infra/db/migrate.ts'

/** Why the checks of mail hold a delivery, and what it becomes when it is let go; null for one that nobody holds, or that an operator does. */
export const migration0020: Migration = {
  version: 20,
  name: 'held-for',
  statements: ['ALTER TABLE delivery ADD COLUMN held_for TEXT', 'ALTER TABLE delivery ADD COLUMN held_state TEXT'],
}
