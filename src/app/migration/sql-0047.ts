import type { Migration } from '../../infra/db/migrate.ts'

/** People who are asked to join an organization and have not done so yet. */
export const migration0047: Migration = {
  version: 47,
  name: 'invitations',
  // hash: of the token in the link. invited_by: an id of the kind before it.
  statements: [
    `CREATE TABLE invitation (
      organization TEXT NOT NULL,
      id TEXT NOT NULL,
      login TEXT NOT NULL,
      role TEXT NOT NULL,
      locale TEXT NOT NULL,
      invited_by TEXT NOT NULL,
      hash TEXT NOT NULL,
      created_ms INT NOT NULL,
      expires_ms INT NOT NULL,
      PRIMARY KEY (organization, id)
    ) WITHOUT ROWID`,
    'CREATE UNIQUE INDEX invitation_login ON invitation (organization, login)',
    'CREATE UNIQUE INDEX invitation_hash ON invitation (hash)',
    'CREATE INDEX invitation_expiry ON invitation (expires_ms)',
  ],
}
