import type { Migration } from '../../infra/db/migrate.ts'

/** Certificates that an authority makes for us: what there is, what was tried, who we are there, and what its validators are told. */
export const migration0013: Migration = {
  version: 13,
  name: 'certificates',
  statements: [
    `CREATE TABLE certificate (
      name TEXT NOT NULL PRIMARY KEY,
      names TEXT NOT NULL,
      chain TEXT NOT NULL,
      sealed_key TEXT NOT NULL,
      not_before_ms INT NOT NULL,
      not_after_ms INT NOT NULL,
      issued_ms INT NOT NULL,
      directory TEXT NOT NULL
    ) WITHOUT ROWID`,
    `CREATE TABLE certificate_try (
      name TEXT NOT NULL PRIMARY KEY,
      failed_ms TEXT NOT NULL,
      next_ms INT NOT NULL,
      error TEXT,
      asked_ms INT
    ) WITHOUT ROWID`,
    `CREATE TABLE acme_account (
      directory TEXT NOT NULL PRIMARY KEY,
      sealed_key TEXT NOT NULL,
      url TEXT
    ) WITHOUT ROWID`,
    `CREATE TABLE acme_challenge (
      kind TEXT NOT NULL,
      subject TEXT NOT NULL,
      answer TEXT NOT NULL,
      key TEXT NOT NULL,
      until_ms INT NOT NULL,
      PRIMARY KEY (kind, subject)
    ) WITHOUT ROWID`,
  ],
}
