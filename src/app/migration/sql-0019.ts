import type { Migration } from '../../infra/db/migrate.ts'

/** Who has written before, and with whose domains people here write. */
export const migration0019: Migration = {
  version: 19,
  name: 'mail seen',
  statements: [
    // Authors, domains and lists whose mail was wanted, as hashes.
    `CREATE TABLE mail_seen (
      organization TEXT NOT NULL,
      key TEXT NOT NULL,
      times INT NOT NULL,
      first_ms INT NOT NULL,
      last_ms INT NOT NULL,
      PRIMARY KEY (organization, key)
    ) WITHOUT ROWID`,
    'CREATE INDEX mail_seen_old ON mail_seen (last_ms)',
    // Domains that an account has written to, as they are: others' domains are compared with them.
    `CREATE TABLE send_domain (
      account TEXT NOT NULL,
      domain TEXT NOT NULL,
      at_ms INT NOT NULL,
      PRIMARY KEY (account, domain)
    ) WITHOUT ROWID`,
    'CREATE INDEX send_domain_old ON send_domain (at_ms)',
  ],
}
