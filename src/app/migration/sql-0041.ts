import type { Migration } from '../../infra/db/migrate.ts'

/** Whether a domain takes bounces of its programs' mail itself, so that SPF is aligned with their author. */
export const migration0041: Migration = {
  version: 41,
  name: 'own-returns',
  statements: ['ALTER TABLE domain_look ADD COLUMN own_returns INT NOT NULL DEFAULT 0'],
}
