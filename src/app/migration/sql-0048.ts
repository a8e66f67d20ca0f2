import type { Migration } from '../../infra/db/migrate.ts'

/** What is noted of the readers of a stream. */
export const migration0048: Migration = {
  version: 48,
  name: 'tracking of streams',
  // JSON: `opens` and `clicks`, true or false; what is missing is as usual.
  statements: ["ALTER TABLE stream ADD COLUMN tracking TEXT NOT NULL DEFAULT '{}'"],
}
