import type { Migration } from '../../infra/db/migrate.ts'

/** Records of who agreed to get mail, and when that ended. */
export const migration0032: Migration = {
  version: 32,
  name: 'consent',
  statements: [
    // Nothing of a row changes but withdrawn_ms and withdrawn_by, once. An erasure removes it.
    `CREATE TABLE consent (
      organization TEXT NOT NULL,
      id TEXT NOT NULL,
      address TEXT NOT NULL,
      stream TEXT NOT NULL,
      source TEXT NOT NULL,
      wording TEXT NOT NULL,
      version TEXT,
      client TEXT,
      proof TEXT,
      given_ms INT NOT NULL,
      recorded_ms INT NOT NULL,
      withdrawn_ms INT,
      withdrawn_by TEXT,
      PRIMARY KEY (organization, id)
    ) WITHOUT ROWID`,
    'CREATE INDEX consent_by_address ON consent (organization, address, id)',
    'CREATE INDEX consent_by_withdrawal ON consent (withdrawn_ms) WHERE withdrawn_ms IS NOT NULL',
  ],
}
