import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok, type Result } from '../base/result.ts'

/** A data directory that is ours alone until released. */
export interface DataLock {
  release(): void
}

interface Holder {
  readonly pid: number
  /** When the process began, as its system counts: a pid that is used again has another. */
  readonly began: string
}

/**
 * Takes a data directory, making it when it is not there: two programs on one directory would each think the mail is
 * theirs. A lock whose process is gone (kill -9) is taken over. The refusal says who holds it and what to do.
 */
export function lockDataDir(dataDir: string): Result<DataLock, string> {
  try {
    return lockWritable(dataDir)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined || !NOT_OURS.has(code)) throw error
    return fail(`${dataDir} cannot be written by this user (${code}): choose another directory, with MERPATI_DATA or "data" in the configuration`)
  }
}

const NOT_OURS: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'])

function lockWritable(dataDir: string): Result<DataLock, string> {
  mkdirSync(dataDir, { recursive: true, mode: 0o750 })
  const path = join(dataDir, 'lock')
  const mine: Holder = { pid: process.pid, began: beganOf(process.pid) ?? '' }
  for (let attempt = 0; attempt < 3; attempt++) {
    if (create(path, mine)) return ok({ release: () => rmSync(path, { force: true }) })
    const holder = read(path)
    if (holder !== null && beganOf(holder.pid) === holder.began) {
      return fail(`${dataDir} is in use by process ${holder.pid}: stop that one first, or choose another directory with MERPATI_DATA`)
    }
    takeAway(path, holder)
  }
  return fail(`${dataDir} is being taken by another process: try again`)
}

/** Moves a stale lock aside. When it was somebody's fresh one, taken meanwhile, it is put back. */
function takeAway(path: string, stale: Holder | null): void {
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (JSON.stringify(read(aside)) === JSON.stringify(stale)) rmSync(aside, { force: true })
  else renameSync(aside, path)
}

/** Makes the lock with its content in one step: nobody ever reads half of it. */
function create(path: string, holder: Holder): boolean {
  const draft = `${path}.new.${process.pid}`
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o640 })
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function read(path: string): Holder | null {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>
    return typeof found.pid === 'number' && typeof found.began === 'string' ? { pid: found.pid, began: found.began } : null
  } catch {
    return null // Gone meanwhile, or cut off by a crash: nobody's.
  }
}

/** When a process began; null when there is none. Where the system does not tell, being alive must do. */
function beganOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    if (process.platform === 'linux') return null
  }
  try {
    process.kill(pid, 0)
    return ''
  } catch {
    return null
  }
}
