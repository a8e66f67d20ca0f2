import type { Migration } from '../../infra/db/migrate.ts'

/** What a hosted domain asks of those who send to it. */
export const migration0012: Migration = {
  version: 12,
  name: 'mta-sts of domains',
  statements: ["ALTER TABLE domain ADD COLUMN mta_sts TEXT NOT NULL DEFAULT 'testing'"],
}
