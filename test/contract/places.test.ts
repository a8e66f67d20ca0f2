import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_PLACES, PLACES } from '../../src/core/subject/sql-places.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { onPostgres, openTestDatabase } from '../support/database.ts'

const TABLES = statement<Record<never, never>, { name: string }>({
  sqlite: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  postgres: "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
})
const COLUMNS = statement<{ place: string }, { name: string }>({
  sqlite: 'SELECT name FROM pragma_table_info($place)',
  postgres: "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $place",
})

test('an erasure knows every table: each is a place, or stands in the list of those that hold nothing of a subject', async () => {
  await using opened = await openTestDatabase()
  const all = [opened.db, ...(onPostgres ? [] : [opened.traces, opened.stats])]
  const names = new Set((await Promise.all(all.map(async (db) => (await db.all(TABLES, {})).map(({ name }) => name)))).flat())
  const places = new Set(PLACES.map(({ table }) => table))
  const known = new Set([...places, ...Object.keys(NO_PLACES)])
  assert.deepEqual([...names].filter((name) => !known.has(name)), [], 'say in src/core/subject/sql-places.ts what an erasure does with it')
  assert.deepEqual([...places].filter((name) => !names.has(name) || Object.hasOwn(NO_PLACES, name)), [])
  for (const { table, key, texts, told = [], whose, on } of PLACES) {
    if (on !== undefined && on !== opened.db.dialect) continue
    const columns = new Set((await opened.db.all(COLUMNS, { place: table })).map(({ name }) => name))
    for (const column of [...key, ...texts, ...told, ...(whose === 'organization' ? ['organization'] : [])]) assert.ok(columns.has(column), `${table}.${column}`)
  }
})
