import { open, rm, truncate } from 'node:fs/promises'
import type { Folder } from './folder.ts'
import { markerPath, namesEnding, removeSegment, segmentPath, sizeOf, spoolPath } from './folder.ts'
import { walk } from './walk.ts'

/** What a start after a crash found and mended. */
export interface Recovery {
  /** Large messages that were never committed; they are gone. */
  readonly spools: number
  /** Segments whose end was cut back to the last sound record. Nothing cut was ever acknowledged. */
  readonly cut: readonly { readonly segment: string; readonly from: number; readonly to: number }[]
}

/**
 * Cleans up after a crash: removes uncommitted spools and cuts the torn ends of the segments that were open. Call it before
 * anything uses the folder, from one thread, holding the data directory's lock.
 *
 * Damage before the last sound record is left alone: those bytes may have been acknowledged, and `verify` shows them.
 */
export async function recover(folder: Folder, signal: AbortSignal): Promise<Recovery> {
  const spools = await namesEnding(folder, '.spool')
  for (const name of spools) await rm(spoolPath(folder, name), { force: true })
  const cut: { segment: string; from: number; to: number }[] = []
  for (const segment of await namesEnding(folder, '.open')) {
    const from = (await sizeOf(segmentPath(folder, segment))) ?? 0
    const to = from === 0 ? 0 : await soundEnd(folder, segment, signal)
    if (to === 0) await removeSegment(folder, segment)
    else if (to < from) await cutTo(folder, segment, to)
    if (to < from) cut.push({ segment, from, to })
    await rm(markerPath(folder, segment), { force: true })
  }
  await folder.disk.syncFolder(folder.path)
  return { spools: spools.length, cut }
}

/** Where the last sound record ends. */
async function soundEnd(folder: Folder, segment: string, signal: AbortSignal): Promise<number> {
  let end = 0
  for await (const finding of walk(folder, segment, signal)) {
    if (finding.kind === 'record' && finding.problem === null) end = finding.end
  }
  return end
}

async function cutTo(folder: Folder, segment: string, size: number): Promise<void> {
  const path = segmentPath(folder, segment)
  await truncate(path, size)
  await using file = await open(path, 'r+')
  await folder.disk.sync(file)
}
