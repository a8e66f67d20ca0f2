import { intersect } from './uid-map.ts'
import { normalize, type SequenceSet, STAR, type UidRange } from './uid-set.ts'

/** Those of the vanished UIDs that a set names. `*` has no place among UIDs that are gone: it stands for the greatest there can be. */
export function pickKnown(vanished: readonly UidRange[], set: SequenceSet): readonly UidRange[] {
  if (set.kind === 'saved') return []
  const wide = (value: number): number => (value === STAR ? 0xffff_ffff : value)
  const wanted = normalize(set.ranges.map(({ a, b }) => ({ first: Math.min(wide(a), wide(b)), last: Math.max(wide(a), wide(b)) })))
  return intersect({ runs: vanished, before: [], size: 0 }, wanted)
}
