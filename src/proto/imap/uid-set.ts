import { MAX_SET_RANGES } from './limits.ts'

/** UIDs or message numbers from `first` to `last`, both included, `first <= last`. */
export interface UidRange {
  readonly first: number
  readonly last: number
}

/** Stands for `*` in a set: the greatest number in use. No number of a message is 0. */
export const STAR = 0

/** A sequence set as written: ranges in any order, whose ends may be `STAR`; or `$`, the saved search result. RFC 9051 §9. */
export type SequenceSet =
  | { readonly kind: 'ranges'; readonly ranges: readonly { readonly a: number; readonly b: number }[] }
  | { readonly kind: 'saved' }

const MAX_NUMBER = 0xffff_ffff

/** Reads a sequence set such as `1:5,9,12:*`; null when it is none, or has too many ranges. Linear. */
export function parseSequenceSet(text: string): SequenceSet | null {
  if (text === '$') return { kind: 'saved' }
  const ranges: { a: number; b: number }[] = []
  for (let at = 0; at <= text.length; ) {
    if (ranges.length === MAX_SET_RANGES) return null
    let end = text.indexOf(',', at)
    if (end === -1) end = text.length
    const colon = text.indexOf(':', at)
    const split = colon === -1 || colon > end ? end : colon
    const a = number(text.slice(at, split))
    const b = split === end ? a : number(text.slice(split + 1, end))
    if (a === -1 || b === -1) return null
    ranges.push({ a, b })
    at = end + 1
  }
  return { kind: 'ranges', ranges }
}

function number(text: string): number {
  if (text === '*') return STAR
  if (!/^[1-9][0-9]{0,9}$/.test(text)) return -1
  const value = Number(text)
  return value > MAX_NUMBER ? -1 : value
}

/** Puts ranges in order and joins those that touch. */
export function normalize(ranges: readonly UidRange[]): readonly UidRange[] {
  const sorted = [...ranges].sort((x, y) => x.first - y.first)
  const joined: { first: number; last: number }[] = []
  for (const { first, last } of sorted) {
    const end = joined.at(-1)
    if (end !== undefined && first <= end.last + 1) end.last = Math.max(end.last, last)
    else joined.push({ first, last })
  }
  return joined
}

/** Ascending numbers as ranges. */
export function rangesOf(ascending: Iterable<number>): readonly UidRange[] {
  const ranges: { first: number; last: number }[] = []
  let open: { first: number; last: number } | null = null
  for (const value of ascending) {
    if (open !== null && value === open.last + 1) open.last = value
    else ranges.push((open = { first: value, last: value }))
  }
  return ranges
}

/** How many numbers the ranges hold. */
export function countOf(ranges: readonly UidRange[]): number {
  let count = 0
  for (const { first, last } of ranges) count += last - first + 1
  return count
}

/** Every number in the ranges, in their order. */
export function* numbersOf(ranges: readonly UidRange[]): Generator<number> {
  for (const { first, last } of ranges) for (let value = first; value <= last; value++) yield value
}

/** In wire form: `1:3,7`. The empty set is ''. */
export function formatRanges(ranges: readonly UidRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? String(first) : `${first}:${last}`)).join(',')
}

/** Numbers in the order given, as a uid-set that keeps that order (COPYUID needs it). RFC 4315 §3. */
export function formatNumbers(numbers: readonly number[]): string {
  return formatRanges(rangesOf(numbers))
}

/** Parts ranges into pieces of at most `size` numbers, each again ranges. */
export function* pieces(ranges: readonly UidRange[], size: number): Generator<readonly UidRange[]> {
  let piece: UidRange[] = []
  let room = size
  for (const { first, last } of ranges) {
    for (let from = first; from <= last; ) {
      const to = Math.min(last, from + room - 1)
      piece.push({ first: from, last: to })
      room -= to - from + 1
      from = to + 1
      if (room === 0) {
        yield piece
        piece = []
        room = size
      }
    }
  }
  if (piece.length > 0) yield piece
}
