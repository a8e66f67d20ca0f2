import type { Migration } from '../../infra/db/migrate.ts'

/** Who accounts are at other houses that say who somebody is (OpenID Connect). */
export const migration0025: Migration = {
  version: 25,
  name: 'identities elsewhere',
  statements: [
    `CREATE TABLE linked_identity (
      account TEXT NOT NULL,
      id TEXT NOT NULL,
      issuer TEXT NOT NULL,
      subject TEXT NOT NULL,
      created_ms INT NOT NULL,
      PRIMARY KEY (account, id),
      UNIQUE (issuer, subject)
    ) WITHOUT ROWID`,
  ],
}
