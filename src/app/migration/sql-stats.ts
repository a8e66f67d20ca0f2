import type { Group } from '../../core/stats/asked.ts'
import { columnOf, type Counter, COUNTERS, type Facet } from '../../core/stats/counter.ts'
import { STRETCH_MS } from '../../core/stats/limits.ts'
import { AXES, lineSteps } from '../../core/stats/line.ts'
import type { Migration } from '../../infra/db/migrate.ts'

/** Counted later than the rest: 0 in what was counted before, and right so. */
const LATER: readonly Counter[] = ['deliveredNoPicture', 'deliveredNoLinks']
const FIRST = COUNTERS.filter((name) => !LATER.includes(name))

/**
 * The schema of the statistics: a file of its own beside the embedded database; on PostgreSQL tables beside the others, with a count of steps of their own. All of it can be
 * made again from the events that are left and from what removed ones came to (`core/stats/sql-kept.ts`), so whoever changes the list of counters adds a step that makes everything anew, and takes the tables out of the step before; or, where 0 is right for what was counted so far, one that adds columns.
 */
export const statsMigrations: readonly Migration[] = [
  {
    version: 1,
    name: 'statistics',
    statements: [
      // What is known of each delivery that something may still happen to, so that it counts once.
      `CREATE TABLE stats_life (
        delivery TEXT NOT NULL PRIMARY KEY,
        settled_ms INT,
        organization TEXT NOT NULL,
        life TEXT NOT NULL
      ) WITHOUT ROWID`,
      'CREATE INDEX stats_life_settled ON stats_life (settled_ms)',
      'CREATE TABLE stats_cursor (position TEXT NOT NULL)',
      "INSERT INTO stats_cursor (position) VALUES ('')",
    ],
  },
  {
    version: 2,
    name: 'statistics by tag and pool',
    statements: [
      'DROP TABLE IF EXISTS stats_count',
      'DROP TABLE IF EXISTS stats_domains',
      'DELETE FROM stats_life',
      "UPDATE stats_cursor SET position = ''",
      // Which domains an organization wrote to most on a day, and which tags it used most.
      `CREATE TABLE stats_names (
        day_ms INT NOT NULL,
        organization TEXT NOT NULL,
        kind TEXT NOT NULL,
        seen TEXT NOT NULL,
        PRIMARY KEY (day_ms, organization, kind)
      ) WITHOUT ROWID`,
    ],
  },
  {
    version: 3,
    name: 'statistics of those who come back',
    statements: [
      'DROP TABLE IF EXISTS stats_count',
      'DELETE FROM stats_life',
      'DELETE FROM stats_names',
      "UPDATE stats_cursor SET position = ''",
      // Hours and days, told apart by `step`; what else a facet tells apart: `core/stats/counter.ts`. A question is a range of this key.
      `CREATE TABLE stats_count (
        organization TEXT NOT NULL,
        facet TEXT NOT NULL,
        step TEXT NOT NULL,
        at_ms INT NOT NULL,
        tag TEXT NOT NULL,
        stream TEXT NOT NULL,
        provider TEXT NOT NULL,
        domain TEXT NOT NULL,
        source TEXT NOT NULL,
        pool TEXT NOT NULL,
        category TEXT NOT NULL,
        ${FIRST.map((name) => `${columnOf(name)} INT NOT NULL`).join(',\n        ')},
        PRIMARY KEY (organization, facet, step, at_ms, tag, stream, provider, domain, source, pool, category)
      ) WITHOUT ROWID`,
    ],
  },
  {
    version: 4,
    name: 'statistics in lines',
    statements: [
      // What a chart shows, as it shows it: `core/stats/line.ts`. A question is a range of this key.
      `CREATE TABLE stats_line (
        organization TEXT NOT NULL,
        axis TEXT NOT NULL,
        step TEXT NOT NULL,
        stretch_ms INT NOT NULL,
        word TEXT NOT NULL,
        at_ms INT NOT NULL,
        counts TEXT NOT NULL,
        PRIMARY KEY (organization, axis, step, stretch_ms, word, at_ms)
      ) WITHOUT ROWID`,
      // What was counted so far stays: lines are sums of it.
      ...(['brief', 'full', 'tag'] as const).flatMap((facet) => AXES[facet].map((axis) => linesOf(facet, axis))),
    ],
  },
  {
    version: 5,
    name: 'statistics of what cannot tell of its reader',
    statements: LATER.map((name) => `ALTER TABLE stats_count ADD COLUMN ${columnOf(name)} INT NOT NULL DEFAULT 0`),
  },
]

function linesOf(facet: Facet, axis: Group): string {
  const counts = FIRST.map((name) => `CASE SUM(${columnOf(name)}) WHEN 0 THEN '' ELSE ',"${name}":' || SUM(${columnOf(name)}) END`)
  return `INSERT INTO stats_line (organization, axis, step, stretch_ms, word, at_ms, counts)
    SELECT organization, '${axis}', step, at_ms / ${STRETCH_MS} * ${STRETCH_MS}, ${axis}, at_ms, '{' || substr(${counts.join(' || ')}, 2) || '}'
    FROM stats_count WHERE facet = '${facet}' AND step IN (${lineSteps(axis).map((step) => `'${step}'`).join(', ')}) GROUP BY organization, step, at_ms, ${axis}`
}
