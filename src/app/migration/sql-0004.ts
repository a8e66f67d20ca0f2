import type { Migration } from '../../infra/db/migrate.ts'

/** What domains publish about TLS, and how TLS to them went. */
export const migration0004: Migration = {
  version: 4,
  name: 'tls policies and their results',
  statements: [
    `CREATE TABLE sts_policy (
      domain TEXT NOT NULL PRIMARY KEY,
      id TEXT NOT NULL,
      policy TEXT NOT NULL,
      fetched_ms INT NOT NULL,
      until_ms INT NOT NULL
    ) WITHOUT ROWID`,
    'CREATE INDEX sts_policy_until ON sts_policy (until_ms)',
    `CREATE TABLE tls_result (
      day TEXT NOT NULL,
      domain TEXT NOT NULL,
      policy TEXT NOT NULL,
      result TEXT NOT NULL,
      source TEXT NOT NULL,
      host TEXT NOT NULL,
      address TEXT NOT NULL,
      sessions INT NOT NULL,
      PRIMARY KEY (day, domain, policy, result, source, host, address)
    ) WITHOUT ROWID`,
  ],
}
