import type { Migration } from '../../infra/db/migrate.ts'

/** What keys, accounts and credentials are confined to, what was administered, and how much an organization may use. */
export const migration0017: Migration = {
  version: 17,
  name: 'access',
  statements: [
    // JSON: domains, streams, networks and caps. Null for none of them.
    'ALTER TABLE api_key ADD COLUMN bounds TEXT',
    'ALTER TABLE api_key ADD COLUMN expires_ms INT',
    // 'member' is what 'user' was. domains is a list in JSON: those that a domain administrator administers.
    "UPDATE account SET role = 'member' WHERE role = 'user'",
    'ALTER TABLE account ADD COLUMN role_domains TEXT',
    // JSON: domains and streams that a credential may submit for, and nothing else. Null for an ordinary one.
    'ALTER TABLE credential ADD COLUMN submission TEXT',
    // No statement changes a row of it, and only the purge removes some. before, after and asked are JSON without secrets.
    `CREATE TABLE audit_log (
      organization TEXT NOT NULL,
      id TEXT NOT NULL,
      at_ms INT NOT NULL,
      actor_kind TEXT NOT NULL,
      actor TEXT NOT NULL,
      action TEXT NOT NULL,
      object TEXT,
      asked TEXT,
      before TEXT,
      after TEXT,
      address TEXT,
      request TEXT,
      PRIMARY KEY (organization, id)
    ) WITHOUT ROWID`,
    'CREATE INDEX audit_log_by_time ON audit_log (at_ms)',
    // limits is JSON; an organization without a row has no limits. sandboxed: 1 until it has proven a domain.
    `CREATE TABLE plan (
      organization TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      limits TEXT NOT NULL,
      sandboxed INT NOT NULL,
      ends_ms INT
    ) WITHOUT ROWID`,
    // What was taken in an hour, a day or a month, by the organization (subject '') or by a key of it.
    `CREATE TABLE usage_count (
      organization TEXT NOT NULL,
      subject TEXT NOT NULL,
      period TEXT NOT NULL,
      messages INT NOT NULL,
      recipients INT NOT NULL,
      refused INT NOT NULL,
      ends_ms INT NOT NULL,
      PRIMARY KEY (organization, subject, period)
    ) WITHOUT ROWID`,
    'CREATE INDEX usage_count_by_end ON usage_count (ends_ms)',
    // Addresses whose owners have said that they want mail of an organization in its sandbox.
    `CREATE TABLE sandbox_recipient (
      organization TEXT NOT NULL,
      address TEXT NOT NULL,
      confirmed_ms INT NOT NULL,
      PRIMARY KEY (organization, address)
    ) WITHOUT ROWID`,
  ],
}
