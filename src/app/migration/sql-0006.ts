import type { Migration } from '../../infra/db/migrate.ts'

/** What rules and people have set off about sites, over restarts and for all senders. */
export const migration0006: Migration = {
  version: 6,
  name: 'shaping',
  statements: [
    `CREATE TABLE shaping (
      key TEXT NOT NULL,
      name TEXT NOT NULL,
      state TEXT NOT NULL,
      changed_by TEXT NOT NULL,
      changed_ms INT NOT NULL,
      PRIMARY KEY (key, name)
    ) WITHOUT ROWID`,
    'CREATE INDEX shaping_changed ON shaping (changed_ms, key, name)',
  ],
}
