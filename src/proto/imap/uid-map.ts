import { type SequenceSet, STAR, type UidRange, normalize, rangesOf } from './uid-set.ts'

/**
 * Which UID stands at which message number: runs of UIDs, ascending. It never changes, so that sessions can share it; what changes makes a
 * new one. A mailbox that only grew is one run, however large.
 */
export interface UidMap {
  readonly runs: readonly UidRange[]
  /** Messages before each run. */
  readonly before: readonly number[]
  readonly size: number
}

/** The map of an empty mailbox. */
export const EMPTY: UidMap = { runs: [], before: [], size: 0 }

/** Makes a map of UIDs in ascending order, without duplicates. */
export function uidMap(ascending: Iterable<number>): UidMap {
  return fromRuns(rangesOf(ascending))
}

/** Makes a map of ranges that are in order and do not touch. */
export function fromRuns(runs: readonly UidRange[]): UidMap {
  const before: number[] = []
  let size = 0
  for (const { first, last } of runs) {
    before.push(size)
    size += last - first + 1
  }
  return { runs, before, size }
}

/** The message number of a UID, or 0 when it is not there. */
export function seqOf(map: UidMap, uid: number): number {
  const at = runAt(map.runs, uid)
  const run = map.runs[at]
  if (run === undefined || run.last < uid) return 0
  return (map.before[at] ?? 0) + uid - run.first + 1
}

/** The UID at a message number, or 0 when there is none. */
export function uidAt(map: UidMap, seq: number): number {
  if (seq < 1 || seq > map.size) return 0
  let low = 0
  for (let high = map.before.length; high - low > 1; ) {
    const middle = (low + high) >> 1
    if ((map.before[middle] ?? 0) < seq) low = middle
    else high = middle
  }
  return (map.runs[low]?.first ?? 0) + seq - (map.before[low] ?? 0) - 1
}

/** The greatest UID, or 0. */
export function lastUid(map: UidMap): number {
  return map.runs.at(-1)?.last ?? 0
}

/** The UIDs of the map that are in `wanted`, which is in order and does not overlap. */
export function intersect(map: UidMap, wanted: readonly UidRange[]): readonly UidRange[] {
  const found: UidRange[] = []
  for (const { first, last } of wanted) {
    for (let at = Math.max(0, runAt(map.runs, first)); at < map.runs.length; at++) {
      const run = map.runs[at] as UidRange // `at` is in range.
      if (run.first > last) break
      if (run.last >= first) found.push({ first: Math.max(run.first, first), last: Math.min(run.last, last) })
    }
  }
  return found
}

/** The map without these UIDs (in order, not overlapping). */
export function without(map: UidMap, gone: readonly UidRange[]): UidMap {
  if (gone.length === 0) return map
  const runs: UidRange[] = []
  let next = 0
  for (const run of map.runs) {
    while (next < gone.length && (gone[next] as UidRange).last < run.first) next++
    let first = run.first
    for (let at = next; at < gone.length; at++) {
      const hole = gone[at] as UidRange // `at` is in range.
      if (hole.first > run.last) break
      if (hole.first > first) runs.push({ first, last: hole.first - 1 })
      first = Math.max(first, hole.last + 1)
    }
    if (first <= run.last) runs.push({ first, last: run.last })
  }
  return fromRuns(runs)
}

/** The map with more UIDs at its end: ascending, all greater than `lastUid`. */
export function withAdded(map: UidMap, added: readonly number[]): UidMap {
  if (added.length === 0) return map
  return fromRuns(normalize([...map.runs, ...rangesOf(added)]))
}

/**
 * The UIDs of the map that a set by UID names. RFC 9051 §6.4.8: UIDs that are not there are passed over; `*` is the last one, so
 * that `900:*` names the last message even when its UID is 7.
 */
export function pickUids(map: UidMap, set: SequenceSet, saved: readonly UidRange[]): readonly UidRange[] {
  if (set.kind === 'saved') return intersect(map, saved)
  return intersect(map, absolute(set.ranges, lastUid(map)))
}

/** The UIDs that a set by message number names; null when a number is past the end. RFC 9051 §9, seq-number. */
export function pickSeqs(map: UidMap, set: SequenceSet, saved: readonly UidRange[]): readonly UidRange[] | null {
  if (set.kind === 'saved') return intersect(map, saved)
  // `1:*` in an empty mailbox names nothing; clients send it without looking at EXISTS.
  if (map.size === 0 && set.ranges.every(({ a, b }) => a === STAR || b === STAR)) return []
  const found: UidRange[] = []
  for (const { first, last } of absolute(set.ranges, map.size)) {
    if (last > map.size || first < 1) return null
    pushSeqs(map, first, last, found)
  }
  return found
}

/** Message numbers of UIDs that are all in the map, as ranges. */
export function seqRanges(map: UidMap, uids: readonly UidRange[]): readonly UidRange[] {
  return normalize(uids.map(({ first, last }) => ({ first: seqOf(map, first), last: seqOf(map, last) })))
}

function absolute(ranges: readonly { readonly a: number; readonly b: number }[], star: number): readonly UidRange[] {
  return normalize(
    ranges.map(({ a, b }) => {
      const x = a === STAR ? star : a
      const y = b === STAR ? star : b
      return { first: Math.min(x, y), last: Math.max(x, y) }
    }),
  )
}

function pushSeqs(map: UidMap, first: number, last: number, found: UidRange[]): void {
  for (let seq = first; seq <= last; ) {
    const uid = uidAt(map, seq)
    const run = map.runs[runAt(map.runs, uid)] as UidRange // A UID of the map is in a run.
    const to = Math.min(run.last, uid + last - seq)
    found.push({ first: uid, last: to })
    seq += to - uid + 1
  }
}

/** The last run that begins at or before `uid`, or -1. */
function runAt(runs: readonly UidRange[], uid: number): number {
  let low = -1
  for (let high = runs.length; high - low > 1; ) {
    const middle = (low + high) >> 1
    if ((runs[middle]?.first ?? 0) <= uid) low = middle
    else high = middle
  }
  return low
}
