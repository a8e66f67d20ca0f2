import type { Migration } from '../../infra/db/migrate.ts'

/** The addresses that mail leaves from, and the pools that they make. */
export const migration0007: Migration = {
  version: 7,
  name: 'sources and pools',
  statements: [
    `CREATE TABLE source (
      id TEXT NOT NULL PRIMARY KEY,
      address TEXT NOT NULL,
      ehlo TEXT NOT NULL,
      state TEXT NOT NULL,
      weight INT NOT NULL,
      sends_since_ms INT,
      warming TEXT
    ) WITHOUT ROWID`,
    'CREATE UNIQUE INDEX source_address ON source (address)',
    `CREATE TABLE pool (
      id TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      organization TEXT,
      overflow TEXT,
      overflow_mode TEXT NOT NULL
    ) WITHOUT ROWID`,
    `CREATE TABLE pool_source (
      pool TEXT NOT NULL,
      source TEXT NOT NULL,
      PRIMARY KEY (pool, source)
    ) WITHOUT ROWID`,
  ],
}
