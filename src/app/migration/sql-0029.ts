import type { Migration } from '../../infra/db/migrate.ts'

/** Addresses that lead to mailboxes, elsewhere and to programs by a pattern, and the messages that programs are to be given. */
export const migration0029: Migration = {
  version: 29,
  name: 'inbound routes',
  statements: [
    `CREATE TABLE inbound_route (
      organization TEXT NOT NULL,
      id TEXT NOT NULL,
      domain TEXT NOT NULL,
      pattern TEXT NOT NULL,
      targets TEXT NOT NULL,
      webhook TEXT,
      created_ms INT NOT NULL,
      PRIMARY KEY (organization, id)
    ) WITHOUT ROWID`,
    'CREATE UNIQUE INDEX inbound_route_by_pattern ON inbound_route (domain, pattern)',
    // A call that carries a message holds its bytes, as an email does.
    'ALTER TABLE webhook_call ADD COLUMN message TEXT',
  ],
}
