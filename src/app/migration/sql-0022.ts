import type { Migration } from '../../infra/db/migrate.ts'

/** How mail of each stream stands with each provider. */
export const migration0022: Migration = {
  version: 22,
  name: 'standing of streams',
  statements: [
    // finding and suspension are JSON, null for none. A stream without a row is good.
    `CREATE TABLE stream_standing (
      organization TEXT NOT NULL,
      stream TEXT NOT NULL,
      provider TEXT NOT NULL,
      level TEXT NOT NULL,
      since_ms INT NOT NULL,
      finding TEXT,
      counted_from_ms INT NOT NULL,
      suspension TEXT,
      PRIMARY KEY (organization, stream, provider)
    ) WITHOUT ROWID`,
  ],
}
