import type { Migration } from '../../infra/db/migrate.ts'

/** What the filter remembers: first tries of strangers, and who is always or never let in. */
export const migration0008: Migration = {
  version: 8,
  name: 'greylist and filter entries',
  statements: [
    // 'key' is a hash of client net, sender and recipient; 'used_ms' is when it was last let through, or first seen.
    `CREATE TABLE greylist (
      organization TEXT NOT NULL,
      key TEXT NOT NULL,
      client TEXT NOT NULL,
      domain TEXT,
      first_ms INT NOT NULL,
      passed_ms INT,
      used_ms INT NOT NULL,
      PRIMARY KEY (organization, key)
    ) WITHOUT ROWID`,
    'CREATE INDEX greylist_unconfirmed ON greylist (first_ms) WHERE passed_ms IS NULL',
    'CREATE INDEX greylist_passed ON greylist (used_ms) WHERE passed_ms IS NOT NULL',
    'CREATE INDEX greylist_client ON greylist (client, passed_ms) WHERE passed_ms IS NOT NULL',
    'CREATE INDEX greylist_domain ON greylist (domain, passed_ms) WHERE passed_ms IS NOT NULL AND domain IS NOT NULL',
    // Nets and domains of which enough has passed. They belong to nobody.
    'CREATE TABLE greylist_known (name TEXT NOT NULL PRIMARY KEY, until_ms INT NOT NULL) WITHOUT ROWID',
    'CREATE INDEX greylist_known_until ON greylist_known (until_ms)',
    // 'owner' is empty for the platform, whose organization is '' too, else a domain or an account; 'key' is kind and value.
    `CREATE TABLE filter_entry (
      organization TEXT NOT NULL,
      owner TEXT NOT NULL,
      key TEXT NOT NULL,
      id TEXT NOT NULL,
      action TEXT NOT NULL,
      comment TEXT NOT NULL,
      author TEXT NOT NULL,
      created_ms INT NOT NULL,
      expires_ms INT,
      hits INT NOT NULL,
      hit_ms INT,
      PRIMARY KEY (organization, owner, key)
    ) WITHOUT ROWID`,
    'CREATE UNIQUE INDEX filter_entry_id ON filter_entry (id)',
  ],
}
