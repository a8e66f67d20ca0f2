import type { Migration } from '../../infra/db/migrate.ts'

/** Thresholds that domains and accounts have of their own. */
export const migration0027: Migration = {
  version: 27,
  name: 'thresholds',
  statements: [
    // Hundredths of a point; null for those that are the configuration's.
    `CREATE TABLE filter_threshold (
      organization TEXT NOT NULL,
      owner TEXT NOT NULL,
      reject INT,
      junk INT,
      tag INT,
      PRIMARY KEY (organization, owner)
    ) WITHOUT ROWID`,
  ],
}
