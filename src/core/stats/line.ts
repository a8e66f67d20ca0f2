import type { Group } from './asked.ts'
import { type Counter, type Counts, type Facet, isSomething, plus } from './counter.ts'
import { STRETCH_MS, type STEP_MS } from './limits.ts'
import type { Cell } from './tally.ts'

/**
 * A point of a line: what one word alone counts in an hour (or a day), all others added up. It is what a chart shows, so it is stored as it is read: a month of hours of ten
 * words are 7,440 rows, where hundreds of thousands of cells (`Tally`) would have to be added up.
 */
export interface Point {
  readonly organization: string
  /** What its word is a word of. */
  readonly axis: Group
  readonly step: keyof typeof STEP_MS
  readonly atMs: number
  readonly word: string
  readonly counts: Counts
}

/** Which facet's cells an axis is made of: the one with the fewest that tells its words apart. */
export const AXES = { brief: ['stream', 'provider', 'category'], full: ['domain', 'source', 'pool'], tag: ['tag'] } as const satisfies Readonly<Record<Facet, readonly Group[]>>

/**
 * Which steps the lines of an axis have: each point is one more row to be written for what happens. Of domains there are so many that adding up their hours takes long; days of others are added up from
 * hours, or from cells where these are few.
 */
export function lineSteps(axis: Group): readonly Point['step'][] {
  return axis === 'domain' ? ['hour', 'day'] : ['hour']
}

/** What cells add to lines. Points that nothing is added to are left out. */
export function pointsOf(cells: readonly Cell[]): readonly Point[] {
  const points = new Map<string, Point & { readonly counts: Partial<Record<Counter, number>> }>()
  for (const cell of cells) {
    const { organization, step, atMs, counts } = cell
    for (const axis of AXES[cell.facet]) {
      if (!lineSteps(axis).includes(step)) continue
      const word = cell[axis]
      const name = pointName({ organization, axis, step, atMs, word })
      const point = points.get(name) ?? { organization, axis, step, atMs, word, counts: {} }
      points.set(name, point)
      plus(point.counts, counts)
    }
  }
  return [...points.values()].filter(({ counts }) => isSomething(counts))
}

/** What tells points apart, as one word: none of these holds a control character. */
export function pointName({ organization, axis, step, atMs, word }: Omit<Point, 'counts'>): string {
  return `${organization}\n${axis}\n${step}\n${atMs}\n${word}`
}

/** When the stretch of a time began. */
export function stretchOf(atMs: number): number {
  return Math.floor(atMs / STRETCH_MS) * STRETCH_MS
}
