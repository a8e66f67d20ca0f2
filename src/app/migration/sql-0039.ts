import type { Migration } from '../../infra/db/migrate.ts'

/** How many logins are refused, so that a burst of them is seen by whichever node looks. */
export const migration0039: Migration = {
  version: 39,
  name: 'refused-logins',
  statements: [
    // A row a minute (since 1970) with refusals; those older than an hour go with the next write.
    'CREATE TABLE login_refused (minute INT NOT NULL PRIMARY KEY, refused INT NOT NULL)',
  ],
}
