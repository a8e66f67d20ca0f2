/** A range of bytes, end not included. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** A range of one of the two places a message at rest is made of. */
export interface Slice extends Range {
  readonly of: 'prefix' | 'bytes'
}

/**
 * What a client sees of a message at rest: the header lines we put in front, then the received bytes without the
 * ranges left out. Offsets in a view are what IMAP, POP3 and the stored index speak of.
 */
export interface View {
  readonly prefixLength: number
  /** In order, not overlapping, inside the received bytes. */
  readonly skips: readonly Range[]
  /** Bytes that a client sees: RFC822.SIZE. */
  readonly size: number
}

/** Makes a view. `totalLength` is that of the received bytes; skips may come in any order and overlap. */
export function makeView(prefixLength: number, skips: readonly Range[], totalLength: number): View {
  const clean: Range[] = []
  let left = 0
  for (const skip of [...skips].sort((a, b) => a.start - b.start)) {
    const start = Math.max(skip.start, clean.at(-1)?.end ?? 0)
    const end = Math.min(skip.end, totalLength)
    if (end <= start) continue
    clean.push({ start, end })
    left += end - start
  }
  return { prefixLength, skips: clean, size: prefixLength + totalLength - left }
}

/** Where the view's range [start, end) lies, in order. Ranges beyond the view are cut to it. */
export function slicesOf(view: View, start: number, end: number): readonly Slice[] {
  const slices: Slice[] = []
  const from = Math.max(0, start)
  const to = Math.min(end, view.size)
  if (from >= to) return slices
  if (from < view.prefixLength) slices.push({ of: 'prefix', start: from, end: Math.min(to, view.prefixLength) })
  let shown = view.prefixLength // The view offset of `raw`.
  let raw = 0
  for (let i = 0; i <= view.skips.length && shown < to; i++) {
    const skip = view.skips[i]
    const length = skip === undefined ? Infinity : skip.start - raw
    const first = Math.max(from, shown)
    const last = Math.min(to, shown + length)
    if (first < last) slices.push({ of: 'bytes', start: raw + first - shown, end: raw + last - shown })
    shown += length
    raw = skip?.end ?? raw
  }
  return slices
}

/** Copies a range of a view out of its two places, for messages held in memory. No copy when one slice covers it. */
export function readView(view: View, prefix: Uint8Array, bytes: Uint8Array, start = 0, end = view.size): Uint8Array {
  const slices = slicesOf(view, start, end)
  const only = slices[0]
  if (only === undefined) return new Uint8Array(0)
  if (slices.length === 1) return (only.of === 'prefix' ? prefix : bytes).subarray(only.start, only.end)
  const out = new Uint8Array(Math.min(end, view.size) - Math.max(0, start))
  let at = 0
  for (const slice of slices) {
    out.set((slice.of === 'prefix' ? prefix : bytes).subarray(slice.start, slice.end), at)
    at += slice.end - slice.start
  }
  return out
}

/** Skips written into a row: `start,end;start,end`, empty for none. */
export function encodeSkips(skips: readonly Range[]): string {
  return skips.map((skip) => `${skip.start},${skip.end}`).join(';')
}

/** Reads what `encodeSkips` wrote. @throws {Error} when the row is damaged. */
export function decodeSkips(text: string): readonly Range[] {
  if (text === '') return []
  return text.split(';').map((pair) => {
    const match = /^(\d+),(\d+)$/.exec(pair)
    if (match === null) throw new Error(`damaged skips: ${text.slice(0, 40)}`)
    return { start: Number(match[1]), end: Number(match[2]) }
  })
}
