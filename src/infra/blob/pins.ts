import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from './disk.ts'
import type { Folder } from './folder.ts'

const PREFIX = 'pin-'

/**
 * Keeps every segment in place until it is disposed of or `untilMs` has passed: a backup pins, copies the rows, then the segments
 * they name. Pins are files, so that they hold for every thread and for a backup in a process of its own.
 */
export async function pin(folder: Folder, id: string, untilMs: number): Promise<AsyncDisposable> {
  const path = join(folder.path, PREFIX + id)
  await writeFile(path, String(untilMs), { mode: 0o640 })
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
}

/** True while any pin holds. One whose file is not written yet holds too; one whose holder died runs out, and is removed then. */
export async function isPinned(folder: Folder, nowMs: number): Promise<boolean> {
  for (const name of await readdir(folder.path)) {
    if (!name.startsWith(PREFIX)) continue
    const path = join(folder.path, name)
    const until = await untilOf(path)
    if (until === '' || Number(until) > nowMs) return true
    await rm(path, { force: true })
  }
  return false
}

async function untilOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1')
  } catch (error) {
    if (isMissing(error)) return '0' // Released meanwhile.
    throw error
  }
}
