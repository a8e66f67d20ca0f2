import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runWell } from '../../support/program.ts'

/** A shim that sees every write and sync of the server below `root`, so that a power cut can be played afterwards. */
export interface Power {
  /** What the server must be started with. */
  readonly env: Readonly<Record<string, string>>
  /** Syncs so far. */
  syncs(): bigint
  /** After SIGKILL: brings every file back to its last sync, as if nothing else had reached the disk. Gives the bytes taken back. */
  cut(): number
}

/** Compiles the shim with the machine's C compiler and makes its notebook in `folder`. */
export async function watchPower(folder: string, root: string): Promise<Power> {
  const library = join(folder, 'shim.so')
  const notes = join(folder, 'notes')
  await runWell('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', library, fileURLToPath(new URL('shim.c', import.meta.url)), '-ldl', '-pthread'])
  mkdirSync(notes)
  return {
    env: { LD_PRELOAD: library, POWER_ROOT: root, POWER_NOTES: notes },
    syncs: () => readFileSync(join(notes, 'syncs')).readBigUInt64LE(),
    cut() {
      let taken = 0
      for (const name of readdirSync(notes).filter((file) => file.endsWith('.path'))) taken += restore(join(notes, name.slice(0, -'.path'.length)))
      rmSync(notes, { recursive: true })
      mkdirSync(notes)
      return taken
    },
  }
}

/** Undoes the writes since the last sync, the latest first, then cuts what was appended. */
function restore(note: string): number {
  const path = readFileSync(`${note}.path`, 'utf8')
  if (!existsSync(path)) return 0 // It was removed meanwhile.
  // Shared memory of SQLite's readers: it does not survive a power cut, and is made anew.
  if (path.endsWith('-shm')) {
    rmSync(path)
    return 0
  }
  const undo = readFileSync(`${note}.undo`)
  const records: { readonly at: number; readonly bytes: Buffer }[] = []
  for (let at = 0; at + 16 <= undo.length; ) {
    const length = Number(undo.readBigUInt64LE(at + 8))
    if (at + 16 + length > undo.length) break // Killed while noting it: the write itself has not happened.
    records.push({ at: Number(undo.readBigUInt64LE(at)), bytes: undo.subarray(at + 16, at + 16 + length) })
    at += 16 + length
  }
  const file = openSync(path, 'r+')
  for (const { at, bytes } of records.toReversed()) writeSync(file, bytes, 0, bytes.length, at)
  closeSync(file)
  const before = readFileSync(path).length
  const length = Number(readFileSync(`${note}.length`).readBigInt64LE())
  if (before > length) truncateSync(path, length)
  return records.reduce((sum, { bytes }) => sum + bytes.length, 0) + Math.max(0, before - length)
}
