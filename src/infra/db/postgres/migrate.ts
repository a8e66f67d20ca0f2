import pg from 'pg'
import { APPLIED, ddl, due, type Migration, OWN_TABLES, statementsOf } from '../migrate.ts'
import { asking } from './errors.ts'

/** Any number will do, as long as every node asks for the same lock. */
const LOCK = 720_025

/** Brings the database to the newest schema. Nodes that start together wait for the first one. All steps or none. */
export async function migratePostgres(url: string, migrations: readonly Migration[], nowMs: number): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  try {
    await asking(() => client.connect())
    const { rows } = await asking(async () => {
      await client.query('BEGIN')
      await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
      for (const sql of [...OWN_TABLES, APPLIED.postgres]) await client.query(ddl(sql, 'postgres'))
      return await client.query('SELECT max(version) AS version FROM migration')
    })
    const steps = due(migrations, Number(rows[0]?.version ?? 0))
    await asking(async () => {
      for (const step of steps) {
        for (const sql of statementsOf(step, 'postgres')) await client.query(sql)
        await client.query('INSERT INTO migration (version, name, applied_ms) VALUES ($1, $2, $3)', [step.version, step.name, nowMs])
      }
      await client.query('COMMIT')
    })
  } finally {
    await client.end().catch(() => {}) // The connection is gone either way.
  }
}
