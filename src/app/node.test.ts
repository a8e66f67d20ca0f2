import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { holderOn, nodeOf } from './node.ts'

test('a data directory gives its node the same name at each start, wherever it is moved, and a copy of it another', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'merpati-node-'))
  t.after(() => rmSync(root, { recursive: true }))
  const [first, moved, copy] = ['first', 'moved', 'copy'].map((name) => join(root, name)) as [string, string, string]
  mkdirSync(first)
  const name = nodeOf(first)
  assert.match(name, /^[0-9a-f]{32}$/)
  assert.equal(nodeOf(first), name)
  renameSync(first, moved)
  assert.equal(nodeOf(moved), name)
  cpSync(moved, copy, { recursive: true })
  assert.notEqual(nodeOf(copy), name)
  assert.notEqual(holderOn(name), holderOn(name))
})
