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

/** Which steps lines have. Days of few cells are added up as quickly as they are read, and each point is one more row to be written for what happens. */
export const LINE_STEPS = { brief: ['hour'], full: ['hour', 'day'], tag: ['hour'] } as const satisfies Readonly<Record<Facet, readonly Point['step'][]>>

/** Whether an axis has days. */
export function hasDays(axis: Group): boolean {
  return (AXES.full as readonly Group[]).includes(axis)
}

/** What cells add to lines. Points that nothing is added to are left out. */
export function pointsOf(cells: readonly Cell[]): readonly Point[] {
  const points = new Map<string, Point & { readonly counts: Partial<Record<Counter, number>> }>()
  for (const cell of cells) {
    const { organization, step, atMs, counts } = cell
    if (!(LINE_STEPS[cell.facet] as readonly Point['step'][]).includes(step)) continue
    for (const axis of AXES[cell.facet]) {
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
