import type { Migration } from '../../infra/db/migrate.ts'

/** What is wrong, and was. */
export const migration0028: Migration = {
  version: 28,
  name: 'alerts',
  statements: [
    // text is JSON, in both languages. What concerns the whole installation belongs to the first organization.
    `CREATE TABLE alert (
      organization TEXT NOT NULL,
      rule TEXT NOT NULL,
      subject TEXT NOT NULL,
      severity TEXT NOT NULL,
      text TEXT NOT NULL,
      raised_ms INT NOT NULL,
      resolved_ms INT,
      PRIMARY KEY (organization, rule, subject)
    ) WITHOUT ROWID`,
  ],
}
