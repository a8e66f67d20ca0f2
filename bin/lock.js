// A lock between processes: a directory that holds one file, named after its holder.
//
// Taking it is one atomic step: a prepared directory is renamed to the lock's name, which the system refuses while
// the name holds a directory with something in it. Breaking the lock of a dead holder is removing that holder's file,
// which only one of several can do, and which can never hit the file of the next holder.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** How often the holder shows that it lives, and how often others look. */
const BEAT_MS = 1_000
const LOOK_MS = 250

/** A holder on another machine that was silent for this long is dead. */
const SILENT_MS = 60_000

/** Nobody holds the lock in silence for longer than this: its process number belongs to somebody else by now. */
const MAX_SILENT_MS = 15 * 60_000

/**
 * Runs `work` while no other process runs work under the same lock. `work` is given a function that adds a child
 * process to the lock: the lock then stays taken until that child has gone as well, even if we are killed.
 *
 * @template T
 * @param {string} path where the lock stands; its folder must exist
 * @param {(owns: (pid: number) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  const name = `${process.pid}-${Math.random().toString(36).slice(2)}`
  await take(path, name)
  const mine = join(path, name)
  const beat = setInterval(() => unlessGone(() => utimesSync(mine, new Date(), new Date())), BEAT_MS)
  try {
    return await work((pid) => writeFileSync(mine, holder([process.pid, pid])))
  } finally {
    clearInterval(beat)
    unlessGone(() => unlinkSync(mine))
    // Not `rmSync`: between these two lines the empty directory may have become the next holder's.
    unlessGone(() => rmdirSync(path))
  }
}

/** Runs one step on the lock. That others have removed or taken it meanwhile is no error. */
function unlessGone(step) {
  try {
    step()
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  }
}

function holder(pids) {
  return JSON.stringify({ host: hostname(), pids })
}

async function take(path, name) {
  const prepared = `${path}-${name}`
  mkdirSync(prepared)
  writeFileSync(join(prepared, name), holder([process.pid]))
  try {
    for (let waited = 0; !renamed(prepared, path); waited++) {
      if (waited === 0) process.stderr.write('merpati: another start is installing dependencies, waiting for it\n')
      breakIfDead(path)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  } finally {
    rmSync(prepared, { recursive: true, force: true })
  }
}

function renamed(from, to) {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false
    throw error
  }
}

/** Removes the holder's file when the holder is dead. */
function breakIfDead(path) {
  unlessGone(() => {
    for (const name of readdirSync(path)) {
      const file = join(path, name)
      if (isDead(readFileSync(file, 'utf8'), Date.now() - statSync(file).mtimeMs)) unlinkSync(file)
    }
  })
}

function isDead(text, silentMs) {
  if (silentMs > MAX_SILENT_MS) return true
  let found
  try {
    found = JSON.parse(text)
  } catch {
    return silentMs > SILENT_MS // Half written: either this instant, or by a machine that lost power.
  }
  return found.host === hostname() ? !found.pids.some(isAlive) : silentMs > SILENT_MS
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
