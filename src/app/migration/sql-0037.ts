import type { Migration } from '../../infra/db/migrate.ts'

/** An entry of the audit log is written with the first row that its change touches, and says afterwards how it ended. */
export const migration0037: Migration = {
  version: 37,
  name: 'audit-outcome',
  statements: [
    // 'unknown' until whoever made the change has told how it ended; of one who died in between it stays. What is older was written at the end.
    "ALTER TABLE audit_log ADD COLUMN outcome TEXT NOT NULL DEFAULT 'done'",
  ],
}
