import type { Migration } from '../../infra/db/migrate.ts'

/** What is good once: links in mail, and what browsers and other houses are asked to bring back. */
export const migration0021: Migration = {
  version: 21,
  name: 'one-time tokens',
  statements: [
    // account is '' while nobody is known to it. content is JSON, for whoever made it.
    `CREATE TABLE one_time (
      account TEXT NOT NULL,
      hash TEXT NOT NULL PRIMARY KEY,
      kind TEXT NOT NULL,
      content TEXT NOT NULL,
      expires_ms INT NOT NULL
    ) WITHOUT ROWID`,
    'CREATE INDEX one_time_by_expiry ON one_time (expires_ms)',
    'CREATE INDEX one_time_by_account ON one_time (account, kind)',
  ],
}
