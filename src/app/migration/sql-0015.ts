import type { Migration } from '../../infra/db/migrate.ts'

/** Where organizations want to be told of events, what is on its way there, and how each try went. */
export const migration0015: Migration = {
  version: 15,
  name: 'webhooks',
  statements: [
    // The secrets are sealed with the secret of the installation; types is a list in JSON, null for everything.
    `CREATE TABLE webhook (
      organization TEXT NOT NULL,
      id TEXT NOT NULL,
      url TEXT NOT NULL,
      description TEXT NOT NULL,
      types TEXT,
      state TEXT NOT NULL,
      reason TEXT,
      failing_since_ms INT,
      paused_until_ms INT,
      sealed_secret TEXT NOT NULL,
      old_secret TEXT,
      old_until_ms INT,
      sequence INT NOT NULL,
      created_ms INT NOT NULL,
      PRIMARY KEY (organization, id)
    ) WITHOUT ROWID`,
    `CREATE TABLE webhook_call (
      organization TEXT NOT NULL,
      endpoint TEXT NOT NULL,
      id TEXT NOT NULL,
      sequence INT NOT NULL,
      type TEXT NOT NULL,
      body TEXT NOT NULL,
      state TEXT NOT NULL,
      tries INT NOT NULL,
      attempts INT NOT NULL,
      due_ms INT NOT NULL,
      created_ms INT NOT NULL,
      lease TEXT,
      PRIMARY KEY (organization, endpoint, id)
    )`,
    "CREATE INDEX webhook_call_due ON webhook_call (organization, endpoint, due_ms, sequence) WHERE state = 'waiting'",
    "CREATE INDEX webhook_call_leased ON webhook_call (lease) WHERE state = 'calling'",
    'CREATE INDEX webhook_call_old ON webhook_call (created_ms)',
    `CREATE TABLE webhook_attempt (
      organization TEXT NOT NULL,
      endpoint TEXT NOT NULL,
      call TEXT NOT NULL,
      number INT NOT NULL,
      at_ms INT NOT NULL,
      duration_ms INT NOT NULL,
      status INT,
      error TEXT,
      response TEXT NOT NULL,
      PRIMARY KEY (organization, endpoint, call, number)
    ) WITHOUT ROWID`,
  ],
}
