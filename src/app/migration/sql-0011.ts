import type { Migration } from '../../infra/db/migrate.ts'

/** What accounts send, by the hour, and which of them are contained. */
export const migration0011: Migration = {
  version: 11,
  name: 'sending and containment',
  statements: [
    // The subject is an account, or an organization for the sum of its accounts. Both are ids, which never meet.
    `CREATE TABLE send_hour (
      subject TEXT NOT NULL,
      hour INT NOT NULL,
      messages INT NOT NULL,
      recipients INT NOT NULL,
      weighed INT NOT NULL,
      strangers INT NOT NULL,
      bounces INT NOT NULL,
      malware INT NOT NULL,
      PRIMARY KEY (subject, hour)
    ) WITHOUT ROWID`,
    'CREATE INDEX send_hour_old ON send_hour (hour)',
    // Whom an account has written to, as hashes.
    `CREATE TABLE send_seen (
      account TEXT NOT NULL,
      recipient TEXT NOT NULL,
      at_ms INT NOT NULL,
      PRIMARY KEY (account, recipient)
    ) WITHOUT ROWID`,
    'CREATE INDEX send_seen_old ON send_seen (at_ms)',
    `CREATE TABLE send_memory (
      account TEXT NOT NULL PRIMARY KEY,
      shapes TEXT NOT NULL,
      authors TEXT NOT NULL,
      at_ms INT NOT NULL
    ) WITHOUT ROWID`,
    // Accounts that an operator lets send to many.
    `CREATE TABLE send_bulk (
      account TEXT NOT NULL PRIMARY KEY,
      at_ms INT NOT NULL
    ) WITHOUT ROWID`,
    // Credentials made at or before void_ms let nobody in. A row stays when the account is released, for whoever asks later.
    `CREATE TABLE containment (
      account TEXT NOT NULL PRIMARY KEY,
      state TEXT NOT NULL,
      score INT NOT NULL,
      reasons TEXT NOT NULL,
      said_by TEXT NOT NULL,
      at_ms INT NOT NULL,
      released_ms INT,
      void_ms INT
    ) WITHOUT ROWID`,
  ],
}
