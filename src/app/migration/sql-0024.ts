import type { Migration } from '../../infra/db/migrate.ts'

/** What people log in by beside a password: passkeys. */
export const migration0024: Migration = {
  version: 24,
  name: 'passkeys',
  statements: [
    // id is what the authenticator calls it; counter is the greatest that was seen.
    `CREATE TABLE passkey (
      account TEXT NOT NULL,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      public_key TEXT NOT NULL,
      counter INT NOT NULL,
      transports TEXT NOT NULL,
      created_ms INT NOT NULL,
      used_ms INT,
      PRIMARY KEY (account, id)
    ) WITHOUT ROWID`,
  ],
}
