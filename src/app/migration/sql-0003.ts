import type { Migration } from '../../infra/db/migrate.ts'

/** Bounces that come back, and who is not written to any more. */
export const migration0003: Migration = {
  version: 3,
  name: 'bounces and suppression',
  statements: [
    // docs/decision/007-return-paths.md. An entry that was removed stays, to be known if it comes back.
    `CREATE TABLE suppression (
      organization TEXT NOT NULL,
      address TEXT NOT NULL,
      scope TEXT NOT NULL,
      category TEXT NOT NULL,
      reason TEXT NOT NULL,
      delivery TEXT,
      created_ms INT NOT NULL,
      expires_ms INT,
      locked_ms INT,
      removed_ms INT,
      PRIMARY KEY (organization, address, scope)
    ) WITHOUT ROWID`,
    // What counts towards an entry: failures that do not make one by themselves.
    `CREATE TABLE suppression_strike (
      organization TEXT NOT NULL,
      address TEXT NOT NULL,
      category TEXT NOT NULL,
      delivery TEXT NOT NULL,
      at_ms INT NOT NULL,
      PRIMARY KEY (organization, address, category, delivery)
    ) WITHOUT ROWID`,
    'CREATE INDEX suppression_strike_old ON suppression_strike (at_ms)',
    // What came to a return path, as it came, for people who look: the first 64 KiB.
    `CREATE TABLE returned (
      id TEXT NOT NULL PRIMARY KEY,
      organization TEXT NOT NULL,
      delivery TEXT NOT NULL,
      kind TEXT NOT NULL,
      category TEXT,
      at_ms INT NOT NULL,
      head BYTES NOT NULL
    )`,
    'CREATE INDEX returned_delivery ON returned (delivery)',
    'CREATE INDEX returned_old ON returned (at_ms)',
  ],
}
