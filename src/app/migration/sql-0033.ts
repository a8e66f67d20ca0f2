import type { Migration } from '../../infra/db/migrate.ts'

/** For how long things are kept, how far they have been removed, and the counts of events that are gone. */
export const migration0033: Migration = {
  version: 33,
  name: 'retention',
  statements: [
    // What an organization has chosen, and the most that operators allow it; null for the most, and for the system's.
    `CREATE TABLE retention (
      organization TEXT NOT NULL,
      kind TEXT NOT NULL,
      days INT,
      most_days INT,
      PRIMARY KEY (organization, kind)
    ) WITHOUT ROWID`,
    // How far what is older than so many days has been removed. 'members' stands for the organizations whose time that is: when it changes, the sweep begins anew.
    `CREATE TABLE retention_sweep (
      kind TEXT NOT NULL,
      days INT NOT NULL,
      members TEXT NOT NULL,
      position TEXT NOT NULL,
      PRIMARY KEY (kind, days)
    ) WITHOUT ROWID`,
    // The counts that removed events came to: what a rebuild of the statistics begins with. Counters by name, so that a new one needs no step here.
    `CREATE TABLE stats_kept (
      organization TEXT NOT NULL,
      kind TEXT NOT NULL,
      at_ms INT NOT NULL,
      key TEXT NOT NULL,
      settled_ms INT,
      value TEXT NOT NULL,
      PRIMARY KEY (organization, kind, at_ms, key)
    ) WITHOUT ROWID`,
    'CREATE INDEX stats_kept_settled ON stats_kept (settled_ms) WHERE settled_ms IS NOT NULL',
    // How often the statistics were begun anew: who removes events looks whether that happened meanwhile.
    'CREATE TABLE stats_rebuild (single INT NOT NULL PRIMARY KEY, number INT NOT NULL)',
    'INSERT INTO stats_rebuild (single, number) VALUES (1, 0)',
    // When the bytes of a message that a program sent were removed.
    'ALTER TABLE sent ADD COLUMN body_removed_ms INT',
  ],
}
