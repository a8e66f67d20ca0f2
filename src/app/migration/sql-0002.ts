import type { Migration } from '../../infra/db/migrate.ts'

/** Indexes of a queue that sends. */
export const migration0002: Migration = {
  version: 2,
  name: 'outbound queue',
  statements: [
    // When somebody must be told: the delay notice that comes next, or the end of patience.
    'ALTER TABLE delivery ADD COLUMN alarm_ms INT',
    'DROP INDEX delivery_due',
    // Organizations take turns within a domain and priority: docs/decision/006-outbound.md.
    "CREATE INDEX delivery_due ON delivery (lane, priority, organization, due_ms, id) WHERE state = 'queued'",
    "CREATE INDEX delivery_local ON delivery (due_ms, id) WHERE state = 'queued' AND lane = 'local'",
    "CREATE INDEX delivery_alarm ON delivery (alarm_ms) WHERE state = 'queued' AND alarm_ms IS NOT NULL",
    'DROP INDEX delivery_leased',
    "CREATE INDEX delivery_leased ON delivery (lease) WHERE state = 'leased'",
    'CREATE INDEX delivery_settled ON delivery (settled_ms) WHERE settled_ms IS NOT NULL',
    // Keys that sign for a domain. One is published before it is used, and stays published after it was.
    `CREATE TABLE dkim_key (
      organization TEXT NOT NULL,
      domain TEXT NOT NULL,
      selector TEXT NOT NULL,
      private_key TEXT NOT NULL,
      record TEXT NOT NULL,
      created_ms INT NOT NULL,
      active_ms INT NOT NULL,
      retired_ms INT,
      PRIMARY KEY (organization, domain, selector)
    ) WITHOUT ROWID`,
  ],
}
