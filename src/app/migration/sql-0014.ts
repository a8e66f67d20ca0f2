import type { Migration } from '../../infra/db/migrate.ts'

/** What programs send: what is kept of each message, requests that may come again, and templates. */
export const migration0014: Migration = {
  version: 14,
  name: 'sending',
  statements: [
    `CREATE TABLE sent (
      organization TEXT NOT NULL,
      id TEXT NOT NULL,
      stream TEXT NOT NULL,
      created_ms INT NOT NULL,
      scheduled_ms INT,
      head TEXT NOT NULL,
      PRIMARY KEY (organization, id)
    ) WITHOUT ROWID`,
    'CREATE INDEX sent_by_time ON sent (created_ms)',
    `CREATE TABLE idempotency (
      organization TEXT NOT NULL,
      key TEXT NOT NULL,
      digest TEXT NOT NULL,
      answer TEXT NOT NULL,
      created_ms INT NOT NULL,
      PRIMARY KEY (organization, key)
    ) WITHOUT ROWID`,
    'CREATE INDEX idempotency_by_time ON idempotency (created_ms)',
    // A template is a name; what it says are its versions. 'published' is the one that mail is made of, null while there is none.
    `CREATE TABLE template (
      organization TEXT NOT NULL,
      id TEXT NOT NULL,
      alias TEXT,
      name TEXT NOT NULL,
      published INT,
      latest INT NOT NULL,
      created_ms INT NOT NULL,
      updated_ms INT NOT NULL,
      PRIMARY KEY (organization, id)
    ) WITHOUT ROWID`,
    'CREATE UNIQUE INDEX template_by_alias ON template (organization, alias) WHERE alias IS NOT NULL',
    `CREATE TABLE template_version (
      organization TEXT NOT NULL,
      template TEXT NOT NULL,
      version INT NOT NULL,
      content TEXT NOT NULL,
      created_ms INT NOT NULL,
      PRIMARY KEY (organization, template, version)
    ) WITHOUT ROWID`,
  ],
}
