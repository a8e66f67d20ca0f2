import type { Migration } from '../../infra/db/migrate.ts'

/** Domains that begin to send warm up. Those that are here already have a history. */
export const migration0045: Migration = {
  version: 45,
  name: 'new-domains',
  // `warming`: null for those with a history, `new` before the first message, then JSON.
  statements: ['ALTER TABLE domain ADD COLUMN warming TEXT', 'CREATE INDEX domain_warming ON domain (created_ms) WHERE warming IS NOT NULL'],
}
