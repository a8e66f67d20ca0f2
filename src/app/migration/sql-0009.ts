import type { Migration } from '../../infra/db/migrate.ts'

/** What DMARC saw of others' mail, for reports to them; and the reports that others sent about us. */
export const migration0009: Migration = {
  version: 9,
  name: 'reports',
  statements: [
    `CREATE TABLE dmarc_seen (
      day TEXT NOT NULL,
      domain TEXT NOT NULL,
      source TEXT NOT NULL,
      key TEXT NOT NULL,
      facts TEXT NOT NULL,
      messages INT NOT NULL,
      PRIMARY KEY (day, domain, source, key)
    ) WITHOUT ROWID`,
    `CREATE TABLE dmarc_policy (
      day TEXT NOT NULL,
      domain TEXT NOT NULL,
      record TEXT NOT NULL,
      PRIMARY KEY (day, domain)
    ) WITHOUT ROWID`,
    `CREATE TABLE report_sent (
      kind TEXT NOT NULL,
      day TEXT NOT NULL,
      domain TEXT NOT NULL,
      outcome TEXT NOT NULL,
      at_ms INT NOT NULL,
      PRIMARY KEY (kind, day, domain)
    ) WITHOUT ROWID`,
    `CREATE TABLE report_received (
      kind TEXT NOT NULL,
      domain TEXT NOT NULL,
      key TEXT NOT NULL,
      id TEXT NOT NULL,
      organization TEXT NOT NULL,
      reporter TEXT NOT NULL,
      report_id TEXT NOT NULL,
      begin_ms INT NOT NULL,
      end_ms INT NOT NULL,
      received_ms INT NOT NULL,
      message TEXT NOT NULL,
      passed INT NOT NULL,
      failed INT NOT NULL,
      document TEXT NOT NULL,
      PRIMARY KEY (kind, domain, key)
    )`,
    'CREATE INDEX report_received_begin ON report_received (kind, domain, begin_ms)',
    'CREATE INDEX report_received_at ON report_received (received_ms)',
  ],
}
