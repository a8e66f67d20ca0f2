import type { Migration } from '../../infra/db/migrate.ts'

/** Names that organizations say are theirs, until DNS says so too, and what was last found of the records of hosted domains. */
export const migration0030: Migration = {
  version: 30,
  name: 'domain-claims',
  statements: [
    // Several organizations may claim a name; the one that proves it gets it. why tells what the last look found.
    `CREATE TABLE domain_claim (
      organization TEXT NOT NULL,
      name TEXT NOT NULL,
      id TEXT NOT NULL UNIQUE,
      state TEXT NOT NULL,
      subaddress TEXT NOT NULL,
      alias_of TEXT,
      why TEXT,
      created_ms INT NOT NULL,
      checked_ms INT,
      due_ms INT NOT NULL,
      PRIMARY KEY (organization, name)
    ) WITHOUT ROWID`,
    'CREATE INDEX domain_claim_by_name ON domain_claim (name)',
    'CREATE INDEX domain_claim_by_due ON domain_claim (state, due_ms)',
    // failing: checks that failed twice in a row, as their owner was told. seen: those that failed at the last look.
    `CREATE TABLE domain_look (
      name TEXT NOT NULL PRIMARY KEY,
      organization TEXT NOT NULL,
      failing TEXT NOT NULL,
      seen TEXT NOT NULL,
      due_ms INT NOT NULL
    ) WITHOUT ROWID`,
    'CREATE INDEX domain_look_by_due ON domain_look (due_ms)',
  ],
}
