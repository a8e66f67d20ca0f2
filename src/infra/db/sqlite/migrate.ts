import { APPLIED, ddl, due, type Migration, OWN_TABLES, statementsOf } from '../migrate.ts'
import { statement } from '../statement.ts'
import { openForWriting } from './open.ts'

const CURRENT = statement<Record<never, never>, { version: number | null }>('SELECT max(version) AS version FROM migration')
const RECORD = statement<{ version: number; name: string; nowMs: number }>(
  'INSERT INTO migration (version, name, applied_ms) VALUES ($version, $name, $nowMs)',
)

/** Brings the database at `path` to the newest schema, making it when it is not there. All steps or none. */
export function migrateSqlite(path: string, migrations: readonly Migration[], nowMs: number): void {
  using connection = openForWriting(path)
  connection.exec('BEGIN IMMEDIATE')
  try {
    for (const sql of [...OWN_TABLES, APPLIED.sqlite]) connection.exec(ddl(sql, 'sqlite'))
    const { version } = connection.obey({ want: 'one', statement: CURRENT, params: {} }) as { version: number | null }
    for (const step of due(migrations, version ?? 0)) {
      for (const sql of statementsOf(step, 'sqlite')) connection.exec(sql)
      connection.obey({ want: 'changed', statement: RECORD, params: { version: step.version, name: step.name, nowMs } })
    }
    connection.exec('COMMIT')
  } finally {
    if (connection.inTransaction) connection.exec('ROLLBACK')
  }
}
