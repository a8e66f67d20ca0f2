import type { Migration } from '../../infra/db/migrate.ts'

/** What people ask about themselves: erasures under way and done, and the key of what stands in for an address. */
export const migration0026: Migration = {
  version: 26,
  name: 'subjects',
  statements: [
    // One row, made at the first erasure: docs/decision/012-erasure.md.
    'CREATE TABLE subject_key (single INT NOT NULL PRIMARY KEY, key TEXT NOT NULL)',
    // address is '' once it is done. place and after say where a pass stands, segments (JSON) what must be compacted.
    `CREATE TABLE subject_erasure (
      organization TEXT NOT NULL,
      id TEXT NOT NULL,
      address TEXT NOT NULL,
      hash TEXT NOT NULL,
      state TEXT NOT NULL,
      pass INT NOT NULL,
      place INT NOT NULL,
      after TEXT,
      found INT NOT NULL,
      changed INT NOT NULL,
      waiting INT NOT NULL,
      segments TEXT NOT NULL,
      asked_by TEXT NOT NULL,
      created_ms INT NOT NULL,
      done_ms INT,
      PRIMARY KEY (organization, id)
    ) WITHOUT ROWID`,
    "CREATE INDEX subject_erasure_open ON subject_erasure (created_ms) WHERE state <> 'done'",
  ],
}
