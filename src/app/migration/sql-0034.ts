import type { Migration } from '../../infra/db/migrate.ts'

/** Streams that readers know by name, and which entries of the suppression list their own maker may take back. */
export const migration0034: Migration = {
  version: 34,
  name: 'streams by name',
  statements: [
    // title and description are JSON: texts by language.
    `CREATE TABLE stream (
      organization TEXT NOT NULL,
      name TEXT NOT NULL,
      title TEXT NOT NULL,
      description TEXT NOT NULL,
      created_ms INT NOT NULL,
      PRIMARY KEY (organization, name)
    ) WITHOUT ROWID`,
    // The delivery whose recipient made the entry on the preference page, and may take it back there; null for all others.
    'ALTER TABLE suppression ADD COLUMN undo TEXT',
  ],
}
