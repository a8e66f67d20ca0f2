import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { lockDataDir } from './lock.ts'

const root = mkdtempSync(join(tmpdir(), 'merpati-lock-'))
after(() => rmSync(root, { recursive: true }))

let folders = 0
const fresh = (): string => join(root, String((folders += 1)), 'data')

test('a directory that is locked is refused, with who holds it and what to do, until it is released', () => {
  const folder = fresh()
  const first = lockDataDir(folder)
  assert.ok(first.ok)
  const second = lockDataDir(folder)
  assert.deepEqual(second, {
    ok: false,
    error: `${folder} is in use by process ${process.pid}: stop that one first, or choose another directory with MERPATI_DATA`,
  })
  first.value.release()
  assert.deepEqual(readdirSync(folder), [])
  assert.ok(lockDataDir(folder).ok)
})

test('a lock whose process is gone, or whose number another process has now, is taken over', async () => {
  const folder = fresh()
  assert.ok(lockDataDir(folder).ok)
  const gone = spawn(process.execPath, ['-e', ''])
  await once(gone, 'exit')
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: gone.pid, began: '1' }))
  assert.ok(lockDataDir(folder).ok)
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.pid, began: 'before this process' }))
  assert.ok(lockDataDir(folder).ok)
  assert.equal((JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')) as { pid: number }).pid, process.pid)
})

test('a lock file that a power cut left empty is nobody\'s', () => {
  const folder = fresh()
  assert.ok(lockDataDir(folder).ok)
  writeFileSync(join(folder, 'lock'), '')
  assert.ok(lockDataDir(folder).ok)
})

test('a directory that cannot be made is refused in one line', () => {
  const file = join(root, 'a-file')
  writeFileSync(file, '')
  const refused = lockDataDir(join(file, 'data'))
  assert.match(refused.ok ? '' : refused.error, /^\S+ cannot be written by this user \(ENOTDIR\): choose another directory, .*$/)
})
