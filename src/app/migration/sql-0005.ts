import type { Migration } from '../../infra/db/migrate.ts'

/** Where mail goes when MX records do not say it, and domains that others' servers keep their mail for. */
export const migration0005: Migration = {
  version: 5,
  name: 'transports and relay domains',
  statements: [
    'CREATE TABLE transport (pattern TEXT NOT NULL PRIMARY KEY, route TEXT NOT NULL) WITHOUT ROWID',
    `CREATE TABLE relay_domain (
      name TEXT NOT NULL PRIMARY KEY,
      organization TEXT NOT NULL,
      hosts TEXT NOT NULL,
      recipients TEXT NOT NULL,
      spool_ms INT NOT NULL,
      created_ms INT NOT NULL
    ) WITHOUT ROWID`,
    'CREATE INDEX relay_domain_by_organization ON relay_domain (organization, name)',
    'CREATE TABLE relay_recipient (domain TEXT NOT NULL, local TEXT NOT NULL, PRIMARY KEY (domain, local)) WITHOUT ROWID',
    'CREATE TABLE callout (address TEXT NOT NULL PRIMARY KEY, verdict TEXT NOT NULL, until_ms INT NOT NULL) WITHOUT ROWID',
    'CREATE INDEX callout_until ON callout (until_ms)',
  ],
}
