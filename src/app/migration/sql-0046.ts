import type { Migration } from '../../infra/db/migrate.ts'

/** Look-ups that found no such domain, until there are enough to leave all of it alone. */
export const migration0046: Migration = {
  version: 46,
  name: 'absent domains',
  // `day`: since 1970. No results: it was suppressed, and counting begins anew.
  statements: [
    `CREATE TABLE absent_domain (
      domain TEXT NOT NULL,
      day INT NOT NULL,
      results INT NOT NULL,
      PRIMARY KEY (domain, day)
    ) WITHOUT ROWID`,
    'CREATE INDEX absent_domain_old ON absent_domain (day)',
  ],
}
