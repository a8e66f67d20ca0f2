import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { ownDatabase, startPostgres } from '../support/postgres.ts'

test('a test file gets an empty PostgreSQL database that syncs, and it is gone afterwards', async () => {
  const server = await startPostgres()
  try {
    const own = await ownDatabase(server.url)
    const client = new Client({ connectionString: own.url })
    await client.connect()
    const { rows } = await client.query<{ fsync: string; tables: string }>(
      `SELECT current_setting('fsync') AS fsync, (SELECT count(*) FROM pg_tables WHERE schemaname = 'public') AS tables`,
    )
    await client.end()
    assert.deepEqual(rows, [{ fsync: 'on', tables: '0' }])
    await own[Symbol.asyncDispose]()
    await assert.rejects(new Client({ connectionString: own.url }).connect(), /does not exist/)
  } finally {
    await server.stop()
  }
})
