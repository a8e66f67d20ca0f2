import { columnOf, COUNTERS } from '../../core/stats/counter.ts'
import type { Migration } from '../../infra/db/migrate.ts'

/**
 * The schema of the statistics: a file of its own beside the embedded database; on PostgreSQL tables beside the others, with a count of steps of their own. All of it can be
 * made again from the events.
 */
export const statsMigrations: readonly Migration[] = [
  {
    version: 1,
    name: 'statistics',
    statements: [
      // Hours and days, told apart by `step`. A question is a range of this key. Who changes the list of counters adds a step that makes everything anew.
      `CREATE TABLE stats_count (
        organization TEXT NOT NULL,
        step TEXT NOT NULL,
        at_ms INT NOT NULL,
        stream TEXT NOT NULL,
        provider TEXT NOT NULL,
        domain TEXT NOT NULL,
        source TEXT NOT NULL,
        category TEXT NOT NULL,
        ${COUNTERS.map((name) => `${columnOf(name)} INT NOT NULL`).join(',\n        ')},
        PRIMARY KEY (organization, step, at_ms, stream, provider, domain, source, category)
      ) WITHOUT ROWID`,
      'CREATE INDEX stats_count_old ON stats_count (at_ms)',
      // What is known of each delivery that something may still happen to, so that it counts once.
      `CREATE TABLE stats_life (
        delivery TEXT NOT NULL PRIMARY KEY,
        settled_ms INT,
        organization TEXT NOT NULL,
        life TEXT NOT NULL
      ) WITHOUT ROWID`,
      'CREATE INDEX stats_life_settled ON stats_life (settled_ms)',
      // Which domains an organization wrote to most on a day.
      `CREATE TABLE stats_domains (
        day_ms INT NOT NULL,
        organization TEXT NOT NULL,
        seen TEXT NOT NULL,
        PRIMARY KEY (day_ms, organization)
      ) WITHOUT ROWID`,
      'CREATE TABLE stats_cursor (position TEXT NOT NULL)',
      "INSERT INTO stats_cursor (position) VALUES ('')",
    ],
  },
]
