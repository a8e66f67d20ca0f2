import type { Migration } from '../../infra/db/migrate.ts'

/** Where each organization stands among senders of the shared pools, by its scores of the last days. */
export const migration0044: Migration = {
  version: 44,
  name: 'placement',
  // `day`: the last that was looked at, since 1970. `points` are of that day and of the one before; null where too little was sent to tell.
  statements: [
    `CREATE TABLE placement (
      organization TEXT NOT NULL PRIMARY KEY,
      day INT NOT NULL,
      points INT,
      points_before INT,
      grade TEXT NOT NULL,
      since_ms INT NOT NULL
    )`,
  ],
}
