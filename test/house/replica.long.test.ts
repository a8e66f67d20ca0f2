import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { Client } from 'pg'
import { until } from '../../bench/tool/wait.ts'
import { demoConfig } from '../../src/app/config/demo.ts'
import { Lookout } from '../../src/app/job/lookout.ts'
import { silentLog } from '../../src/base/log.ts'
import { ofSurroundings } from '../../src/core/alert/rules-surroundings.ts'
import { replicas } from '../../src/core/alert/sql-surroundings.ts'
import { PostgresDatabase } from '../../src/infra/db/postgres/database.ts'
import { ownDatabase, startPostgres, startStandby } from '../support/postgres.ts'
import { migrations } from '../../src/app/migration/migrations.ts'
import { migratePostgres } from '../../src/infra/db/postgres/migrate.ts'

const { signal } = new AbortController()
const WITHIN_MS = 60_000
const SLOT = `test_${process.pid}`

test('a standby that streams is not behind, one that replays nothing is, and one that is away is as far behind as it is gone', async () => {
  const primary = await startPostgres()
  await using made = new AsyncDisposableStack()
  made.defer(() => primary.stop())
  const database = made.use(await ownDatabase(primary.url))
  await migratePostgres(database.url, migrations, Date.now())
  const db = made.use(new PostgresDatabase({ url: database.url, connections: 2 }))
  const onPrimary = new Client({ connectionString: database.url })
  await onPrimary.connect()
  made.defer(() => onPrimary.end())
  const standby = await startStandby(primary.url, SLOT)
  made.defer(() => standby.stop())
  const onStandby = new Client({ connectionString: standby.url })
  onStandby.on('error', () => {}) // It is stopped below.
  await onStandby.connect()
  const write = async (): Promise<void> => void (await onPrimary.query('SELECT pg_logical_emit_message(true, $1, $2)', ['merpati', 'x']))
  const behind = async (): Promise<number> => {
    await write()
    const [copy] = await replicas(db)
    return copy?.behindMs ?? Number.NaN
  }
  await until('the copy follows', async () => (await behind()) < 5_000, WITHIN_MS)
  await onStandby.query('SELECT pg_wal_replay_pause()')
  await until('the copy is behind', async () => (await behind()) > 2_000, WITHIN_MS, 200)
  await onStandby.query('SELECT pg_wal_replay_resume()')
  await until('the copy follows again', async () => (await behind()) < 1_000, WITHIN_MS, 200)
  await onStandby.end()
  await standby.stop()

  let nowMs = 1_000_000
  const demo = demoConfig({ MERPATI_DATA: tmpdir() })
  assert.ok(demo.ok)
  const lookout = new Lookout({ config: demo.value, db, resolver: null, clock: { nowMs: () => nowMs }, log: silentLog })
  const look = async (): Promise<readonly string[]> => {
    const around = await lookout.look(signal)
    return ofSurroundings('o1' as never, around, nowMs).filter(({ rule }) => rule === 'replica.behind').map(({ subject, severity }) => `${subject} ${severity}`)
  }
  await until('the slot is free', async () => (await onPrimary.query('SELECT 1 FROM pg_replication_slots WHERE slot_name = $1 AND NOT active', [SLOT])).rowCount === 1, WITHIN_MS)
  assert.deepEqual(await look(), [])
  nowMs += 60_000
  assert.deepEqual(await look(), [`${SLOT} warning`])
  nowMs += 600_000
  assert.deepEqual(await look(), [`${SLOT} high`])
  await onPrimary.query('SELECT pg_drop_replication_slot($1)', [SLOT])
  assert.deepEqual(await look(), [])
})
