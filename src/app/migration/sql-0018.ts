import type { Migration } from '../../infra/db/migrate.ts'

/** Logins over HTTP, and what they ask for beside a password. */
export const migration0018: Migration = {
  version: 18,
  name: 'logins over HTTP',
  statements: [
    // state is 'open', or 'second-factor' until the second factor was shown.
    `CREATE TABLE session (
      account TEXT NOT NULL,
      id TEXT NOT NULL,
      hash TEXT NOT NULL UNIQUE,
      state TEXT NOT NULL,
      method TEXT NOT NULL,
      address TEXT NOT NULL,
      agent TEXT NOT NULL,
      created_ms INT NOT NULL,
      used_ms INT NOT NULL,
      expires_ms INT NOT NULL,
      PRIMARY KEY (account, id)
    ) WITHOUT ROWID`,
    'CREATE INDEX session_by_expiry ON session (expires_ms)',
    // last_step is the time step of the newest code that was taken: a code is good once.
    `CREATE TABLE totp (
      account TEXT NOT NULL PRIMARY KEY,
      state TEXT NOT NULL,
      sealed_secret TEXT NOT NULL,
      last_step INT NOT NULL,
      failures INT NOT NULL,
      until_ms INT NOT NULL,
      created_ms INT NOT NULL
    ) WITHOUT ROWID`,
    'CREATE TABLE recovery_code (account TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (account, hash)) WITHOUT ROWID',
    // The protocols an app password is for, one space between them; NULL for all that read and send mail.
    'ALTER TABLE credential ADD COLUMN protocols TEXT',
  ],
}
