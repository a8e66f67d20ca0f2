import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { onPostgres } from '../support/database.ts'
import { startDemo } from '../support/server.ts'
import { checkNothingLost } from './check.ts'
import { Load } from './load.ts'

// PostgreSQL has no writer of ours that could stall: what a silent database does there is a contract test's.
const title = onPostgres ? 'mail flows beside a lock on another database' : 'while something else holds the database, mail is 451, and it flows again when the lock is gone'

test(title, async () => {
  await using demo = await startDemo()
  const load = new Load(demo, 'stalled')
  await load.reach(20)
  {
    using other = new DatabaseSync(join(onPostgres ? demo.dataDir : demo.dataDir, 'merpati.db'))
    other.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE')
    if (onPostgres) await load.reach(load.accepted.size + 20)
    else await load.untilDeferred(5)
    other.exec('ROLLBACK')
  }
  await load.reach(load.accepted.size + 100)
  await load.stop()
  assert.deepEqual(load.deferredTexts.filter((text) => !/^45[12] 4\.[35]\.\d /.test(text)), [])
  await checkNothingLost(demo, [load])
})
