import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeNamed } from '../infra/db/transaction.ts'
import './writes.ts'

const CORE = join(import.meta.dirname, '../core')

/** Those of files that are databases of their own: the writer has no part in them. */
const ELSEWHERE = /^(?:stats|trace)\./

function isKnown(name: string): boolean {
  try {
    return writeNamed(name).name === name
  } catch {
    return false // No file that defines it was loaded.
  }
}

test('the thread that runs writes knows each of them by its name', () => {
  const names = globSync('**/*.ts', { cwd: CORE, exclude: ['**/*.test.ts'] }).flatMap((file) => [...readFileSync(join(CORE, file), 'utf8').matchAll(/ = write\(\s*'([a-z0-9_.-]+)'/g)].map(([, name = '']) => name))
  assert.ok(names.length > 100)
  assert.deepEqual(names.filter((name) => !ELSEWHERE.test(name) && !isKnown(name)), [])
})
