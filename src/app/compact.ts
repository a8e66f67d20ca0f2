import type { Log } from '../base/log.ts'
import { moveToSegment, type SegmentEntry, segmentEntries } from '../core/mailbox/sql-segment.ts'
import type { Moved } from '../infra/blob/compact.ts'
import type { FileBlobStore } from '../infra/blob/files.ts'
import type { SegmentInfo } from '../infra/blob/folder.ts'
import type { Database } from '../infra/db/database.ts'

/** A segment is worth copying when no more than this share of it is alive: what is copied then frees as much again, or more. */
const ALIVE_SHARE = 0.5

/** Rows changed in one write. */
const CHUNK = 500

/** What compaction works with. */
export interface CompactOptions {
  readonly db: Database
  /** Copies go to segments of this store's own. */
  readonly blobs: FileBlobStore
  readonly nowMs: () => number
  /**
   * How long a segment must have lain unchanged, in ms. A record is in its segment before its row is, so a young one may look dead
   * and be about to be acknowledged; and who has read a row may be about to read the place it names. 0 when nothing else runs.
   */
  readonly settledMs: number
  /** Segments that are copied however much of them is alive: something in them was erased. */
  readonly forced?: ReadonlySet<string>
  readonly log: Log
}

/** What one segment holds. */
export interface SegmentUse {
  readonly segment: string
  readonly bytes: number
  /** Bytes of messages that rows name. */
  readonly liveBytes: number
  readonly messages: number
  /** A worker may still append to it, or it has not lain still for long enough. */
  readonly busy: boolean
}

/** What a pass did. */
export interface Compacted {
  readonly removed: number
  readonly freedBytes: number
  readonly movedMessages: number
  readonly movedBytes: number
  /** Segments that hold broken records: nothing of them is thrown away. */
  readonly damaged: readonly string[]
}

/** Says of every segment how much of it is alive. */
export async function surveySegments({ db, blobs, nowMs, settledMs }: Omit<CompactOptions, 'log'>): Promise<readonly SegmentUse[]> {
  const uses: SegmentUse[] = []
  for (const info of await blobs.list()) {
    const entries = await entriesOf(db, info.name)
    uses.push(useOf(info, entries, nowMs() - settledMs))
  }
  return uses
}

/**
 * Gives back the space of messages that are gone: segments that no row names are removed, and what is alive in the emptiest
 * others is copied together.
 *
 * Safe to kill at any moment: copies are synced before rows name them, and a segment is removed only in a later pass, when no row
 * has named it for `settledMs`. A copy that no row came to name is dead, and goes with its own segment.
 */
export async function compactSegments(options: CompactOptions, signal: AbortSignal): Promise<Compacted> {
  const { db, blobs, nowMs, settledMs, forced, log } = options
  const done = { removed: 0, freedBytes: 0, movedMessages: 0, movedBytes: 0, damaged: [] as string[] }
  for (const info of await blobs.list()) {
    if (signal.aborted) break
    if (isBusy(info, nowMs() - settledMs)) continue
    const entries = await entriesOf(db, info.name)
    if (entries.length > 0 && forced?.has(info.name) !== true && sizeOf(entries) > info.bytes * ALIVE_SHARE) continue
    if (entries.length > 0) {
      const moved = await moveOut(options, info.name, entries, signal)
      if (moved === 'damaged') done.damaged.push(info.name)
      else {
        done.movedMessages += moved.length
        done.movedBytes += sizeOf(moved.map(({ ref }) => ref))
      }
      if (moved === 'damaged' || settledMs > 0) continue
    }
    if ((await removeUnnamed(db, blobs, info.name)) !== 'removed') continue
    done.removed += 1
    done.freedBytes += info.bytes
    log.info('segment.removed', { segment: info.name, bytes: info.bytes })
  }
  return done
}

/** Asks the rows once more, right before the only step that cannot be taken back. */
async function removeUnnamed(db: Database, blobs: FileBlobStore, segment: string): Promise<'removed' | 'kept'> {
  if ((await segmentEntries(db, segment, -1)).length > 0) return 'kept'
  return (await blobs.remove(segment)) === 'removed' ? 'removed' : 'kept'
}

/** Copies what is alive and lets the rows name the copies. The segment's time of grace begins before that. */
async function moveOut({ db, blobs, log }: CompactOptions, segment: string, alive: readonly SegmentEntry[], signal: AbortSignal): Promise<readonly Moved[] | 'damaged'> {
  const byOffset = new Map(alive.map((entry) => [entry.offset, entry]))
  const result = await blobs.compact(segment, ({ ref, message }) => byOffset.get(ref.offset)?.id === message, signal)
  if (result.kind === 'damaged') {
    log.error('segment.damaged', { segment, findings: result.findings.length })
    return 'damaged'
  }
  if (result.kind !== 'moved') return []
  await blobs.touch(segment)
  const entries = result.moved.flatMap(({ ref, to }) => {
    const entry = byOffset.get(ref.offset)
    return entry === undefined ? [] : [{ id: entry.id, segment: to.segment, offset: to.offset, length: to.length }]
  })
  for (let at = 0; at < entries.length; at += CHUNK) await db.write(moveToSegment, { from: segment, entries: entries.slice(at, at + CHUNK) })
  log.info('segment.emptied', { segment, messages: entries.length })
  return result.moved
}

async function entriesOf(db: Database, segment: string): Promise<readonly SegmentEntry[]> {
  const all: SegmentEntry[] = []
  for (let after = -1; ; ) {
    const chunk = await segmentEntries(db, segment, after)
    const last = chunk.at(-1)
    if (last === undefined) return all
    all.push(...chunk)
    after = last.offset
  }
}

function useOf(info: SegmentInfo, entries: readonly SegmentEntry[], beforeMs: number): SegmentUse {
  return { segment: info.name, bytes: info.bytes, liveBytes: sizeOf(entries), messages: entries.length, busy: isBusy(info, beforeMs) }
}

function isBusy({ open, changedMs }: SegmentInfo, beforeMs: number): boolean {
  return open || changedMs > beforeMs
}

function sizeOf(entries: readonly { readonly length: number }[]): number {
  return entries.reduce((sum, { length }) => sum + length, 0)
}
