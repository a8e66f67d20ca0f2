import type { Stats } from 'node:fs'
import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Disk } from './disk.ts'
import { isMissing } from './disk.ts'

/*
 * What lies in the folder, for a segment NAME:
 *   NAME.seg    records
 *   NAME.open   empty; there while a worker may still append, so that after a crash only these are looked through
 *   NAME.spool  a large message that is not committed
 *   pin-ID      nothing may be removed until the time in it
 */

/** The folder of one store and the disk it is on. */
export interface Folder {
  readonly path: string
  readonly disk: Disk
}

/** A segment as it lies in the folder. */
export interface SegmentInfo {
  readonly name: string
  readonly bytes: number
  /** A worker may still append to it; or did, when the process died. */
  readonly open: boolean
  /** When it was last appended to, or set aside by compaction. */
  readonly changedMs: number
}

/** Path of a segment's records. Names come back from rows: one that could leave the folder is a bug. */
export function segmentPath(folder: Folder, name: string): string {
  return join(folder.path, `${checked(name)}.seg`)
}

/** Path of the marker that a segment is being appended to. */
export function markerPath(folder: Folder, name: string): string {
  return join(folder.path, `${checked(name)}.open`)
}

/** Path of an uncommitted spool. */
export function spoolPath(folder: Folder, name: string): string {
  return join(folder.path, `${checked(name)}.spool`)
}

/** Names of the folder's files that end so, without that ending. */
export async function namesEnding(folder: Folder, ending: '.seg' | '.open' | '.spool'): Promise<readonly string[]> {
  const names = await readdir(folder.path)
  return names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length)).toSorted()
}

/** All segments, oldest first. */
export async function listSegments(folder: Folder): Promise<readonly SegmentInfo[]> {
  const open = new Set(await namesEnding(folder, '.open'))
  const found: SegmentInfo[] = []
  for (const name of await namesEnding(folder, '.seg')) {
    const file = await statOf(segmentPath(folder, name))
    if (file !== null) found.push({ name, bytes: file.size, open: open.has(name), changedMs: file.mtimeMs })
  }
  return found
}

/** Removes a segment and its marker, for good when it resolves. */
export async function removeSegment(folder: Folder, name: string): Promise<void> {
  await rm(segmentPath(folder, name), { force: true })
  await rm(markerPath(folder, name), { force: true })
  await folder.disk.syncFolder(folder.path)
}

/** Makes a segment look as if it had been appended to now: its time of grace begins again. */
export async function touchSegment(folder: Folder, name: string, nowMs: number): Promise<void> {
  await utimes(segmentPath(folder, name), nowMs / 1000, nowMs / 1000)
}

/** A file's size, or null when it is not there. */
export async function sizeOf(path: string): Promise<number | null> {
  return (await statOf(path))?.size ?? null
}

async function statOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function checked(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) throw new Error(`not a segment name: ${JSON.stringify(name)}`)
  return name
}
