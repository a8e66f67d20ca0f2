import pg from 'pg'
import { APPLIED, ddl, due, type Migration, OWN_TABLES, statementsOf } from '../migrate.ts'
import { asking } from './errors.ts'
import { ServerTooOld } from './server-too-old.ts'

/** Any number will do, as long as every node asks for the same lock. */
const LOCK = 720_025

/** The oldest server that these statements are tested for, as `server_version_num` counts. */
const OLDEST = 150_000

/**
 * Brings the database to the newest schema. Nodes that start together wait for the first one. All steps or none. Derived data has steps of its own, which are
 * counted in another `ledger`.
 */
export async function migratePostgres(url: string, migrations: readonly Migration[], nowMs: number, ledger: 'migration' | 'migration_stats' = 'migration'): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  try {
    await asking(() => client.connect())
    await refuseOld(client)
    const { rows } = await asking(async () => {
      await client.query('BEGIN')
      await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
      for (const sql of [...OWN_TABLES, APPLIED.postgres]) await client.query(ddl(sql, 'postgres').replace('EXISTS migration ', `EXISTS ${ledger} `))
      return await client.query(`SELECT max(version) AS version FROM ${ledger}`)
    })
    const steps = due(migrations, Number(rows[0]?.version ?? 0))
    await asking(async () => {
      for (const step of steps) {
        for (const sql of statementsOf(step, 'postgres')) await client.query(sql)
        await client.query(`INSERT INTO ${ledger} (version, name, applied_ms) VALUES ($1, $2, $3)`, [step.version, step.name, nowMs])
      }
      await client.query('COMMIT')
    })
  } finally {
    await client.end().catch(() => {}) // The connection is gone either way.
  }
}

async function refuseOld(client: pg.Client): Promise<void> {
  const { rows } = await asking(() => client.query("SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS shown"))
  if (Number(rows[0]?.number) >= OLDEST) return
  throw new ServerTooOld(`PostgreSQL ${rows[0]?.shown} is too old: it must be ${OLDEST / 10_000} or newer`)
}
