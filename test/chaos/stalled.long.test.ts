import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import pg from 'pg'
import { onPostgres } from '../support/database.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { checkNothingLost } from './check.ts'
import { Load } from './load.ts'

/** Lets nobody write, as a backup that hangs or a disk that is silent does, until it is called. */
async function stall(demo: Demo): Promise<() => Promise<void>> {
  if (!onPostgres) {
    const holder = new DatabaseSync(join(demo.dataDir, 'merpati.db'), { timeout: 60_000 })
    holder.exec('BEGIN IMMEDIATE')
    return async () => holder.close()
  }
  const holder = new pg.Client({ connectionString: demo.env['MERPATI_DATABASE_URL'] })
  await holder.connect()
  await holder.query('BEGIN')
  await holder.query('LOCK TABLE message IN EXCLUSIVE MODE')
  return () => holder.end()
}

test('while nothing can be written peers hear 451, nothing acknowledged is lost, and service goes on afterwards', async () => {
  await using demo = await startDemo()
  const load = new Load(demo, 'stall')
  await load.reach(50)
  const release = await stall(demo)
  await load.untilDeferred(20)
  await release()
  await load.reach(load.accepted.size + 100)
  await load.stop()
  assert.deepEqual(load.deferredTexts.filter((text) => !text.startsWith('451 4.3.0 ')), [])
  await checkNothingLost(demo, [load])
})
