import type { Migration } from '../../infra/db/migrate.ts'

/** Whom messages with addresses of ours went to, where their links lead, and who followed them. */
export const migration0016: Migration = {
  version: 16,
  name: 'tracking',
  statements: [
    // content holds recipients and links, in JSON: they are read together, and never searched.
    `CREATE TABLE tracked (
      message TEXT NOT NULL PRIMARY KEY,
      organization TEXT NOT NULL,
      stream TEXT NOT NULL,
      content TEXT NOT NULL,
      created_ms INT NOT NULL
    ) WITHOUT ROWID`,
    'CREATE INDEX tracked_by_time ON tracked (created_ms)',
    // One row for each recipient who was heard of; recent are the newest hits, which rules look at.
    `CREATE TABLE tracked_hit (
      message TEXT NOT NULL,
      recipient INT NOT NULL,
      opens INT NOT NULL,
      clicks INT NOT NULL,
      human_opens INT NOT NULL,
      human_clicks INT NOT NULL,
      unsubscribed_ms INT,
      recent TEXT NOT NULL,
      PRIMARY KEY (message, recipient)
    ) WITHOUT ROWID`,
  ],
}
