import type { Counts, Facet } from './counter.ts'
import { MAX_GROUPS, MAX_ROWS, STEP_MS } from './limits.ts'

/** What counts can be told apart by. */
export const GROUPS = ['stream', 'provider', 'domain', 'source', 'pool', 'category', 'tag'] as const

/** One of them. */
export type Group = (typeof GROUPS)[number]

/** A question to the statistics, without a fault (`faultOf`). Times are the beginnings of steps. */
export interface Asked {
  readonly organization: string
  readonly fromMs: number
  /** Not included. */
  readonly toMs: number
  readonly step: keyof typeof STEP_MS
  /** A row for each step, or one for all of the time. */
  readonly series: boolean
  readonly groupBy: Group | null
  /** Only what fits every word given; null stands for any, '' for what nothing is known of. */
  readonly where: Readonly<Record<Group, string | null>>
}

/** Whatever was counted. */
export const ANY: Asked['where'] = { stream: null, provider: null, domain: null, source: null, pool: null, category: null, tag: null }

/** Counts of a step, a group, or both. */
export interface Row {
  readonly atMs: number | null
  readonly group: string | null
  readonly counts: Counts
}

/** The answer. `hasMore`: there are smaller groups than these. */
export interface Found {
  readonly rows: readonly Row[]
  readonly hasMore: boolean
}

/** Asks the statistics. */
export type AskStats = (asked: Asked) => Promise<Found>

/** How many steps a question spans. */
export function stepCount({ fromMs, toMs, step }: Pick<Asked, 'fromMs' | 'toMs' | 'step'>): number {
  return Math.ceil((toMs - fromMs) / STEP_MS[step])
}

/** How many groups one answer has at most. */
export function mostGroups(asked: Asked): number {
  return asked.series ? Math.max(1, Math.min(MAX_GROUPS, Math.floor(MAX_ROWS / stepCount(asked)))) : MAX_GROUPS
}

/** What tags are not told apart by: a message has several, and each would be a row for each of these. */
const NOT_BY_TAG: readonly Group[] = ['domain', 'source', 'pool']

/** Why a question has no answer; null when it has. */
export function faultOf(asked: Pick<Asked, 'groupBy' | 'where'>): string | null {
  const other = NOT_BY_TAG.find((group) => isAbout(asked, group))
  return isAbout(asked, 'tag') && other !== undefined ? `counts of a tag are not told apart by ${other}` : null
}

/** What a question is about: what it groups by, and what it wants only some of. */
export function aboutOf(asked: Pick<Asked, 'groupBy' | 'where'>): readonly Group[] {
  return GROUPS.filter((group) => isAbout(asked, group))
}

/** The facet that tells apart whatever a question is about. */
export function facetOf(asked: Pick<Asked, 'groupBy' | 'where'>): Facet {
  if (isAbout(asked, 'tag')) return 'tag'
  return NOT_BY_TAG.some((group) => isAbout(asked, group)) ? 'full' : 'brief'
}

function isAbout({ groupBy, where }: Pick<Asked, 'groupBy' | 'where'>, group: Group): boolean {
  return groupBy === group || where[group] !== null
}

/** A piece of the time asked about, of which steps of one length are read. */
export interface Span {
  readonly step: keyof typeof STEP_MS
  readonly fromMs: number
  /** Not included. */
  readonly toMs: number
}

/** The time asked about in as few steps as it has: whole days as days, and the hours that are left at both ends. A month of hours are thirty times the rows of its days. */
export function spansOf({ fromMs, toMs }: Pick<Asked, 'fromMs' | 'toMs'>): readonly [head: Span, days: Span, tail: Span] {
  const dayFromMs = Math.ceil(fromMs / STEP_MS.day) * STEP_MS.day
  const dayToMs = Math.floor(toMs / STEP_MS.day) * STEP_MS.day
  const [headToMs, tailFromMs] = dayFromMs < dayToMs ? [dayFromMs, dayToMs] : [toMs, toMs]
  return [{ step: 'hour', fromMs, toMs: headToMs }, { step: 'day', fromMs: headToMs, toMs: tailFromMs }, { step: 'hour', fromMs: tailFromMs, toMs }]
}
