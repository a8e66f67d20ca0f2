import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Migration } from '../migrate.ts'
import { statement } from '../statement.ts'
import { write } from '../transaction.ts'
import { openDerived } from './derived.ts'

const steps: readonly Migration[] = [{ version: 1, name: 'one', statements: ['CREATE TABLE word (text TEXT NOT NULL)', { postgres: 'NOT FOR US' }] }]
const ADD = statement<{ text: string }>('INSERT INTO word (text) VALUES ($text)')
const ALL = statement<Record<never, never>, { text: string }>('SELECT text FROM word')
const add = write('test.derived', (tx, text: string) => tx.run(ADD, { text }))

async function wordsAfter(spoil: (path: string) => void): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'merpati-derived-'))
  try {
    const path = join(folder, 'index.db')
    {
      await using db = openDerived(path, steps, 1)
      await db.write(add, 'kept')
    }
    spoil(path)
    await using db = openDerived(path, steps, 2)
    return (await db.all(ALL, {})).map(({ text }) => text)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a derived database keeps what it holds', async () => {
  assert.deepEqual(await wordsAfter(() => {}), ['kept'])
})

test('a derived database that is damaged is begun anew', async () => {
  assert.deepEqual(await wordsAfter((path) => writeFileSync(path, 'this is no database, '.repeat(500))), [])
})

test('a derived database of a newer schema is begun anew', async () => {
  const newer = [...steps, { version: 2, name: 'two', statements: ['CREATE TABLE later (text TEXT)'] }]
  const spoil = (path: string): void => void openDerived(path, newer, 1)[Symbol.asyncDispose]()
  assert.deepEqual(await wordsAfter(spoil), [])
})
