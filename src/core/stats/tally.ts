import { type Counter, type Counts, type Facet, faceted, isSomething, type Key, plus } from './counter.ts'
import { LargestNames, type Room, type Seen } from './largest.ts'
import type { Fact } from './fact.ts'
import { born, countsOf, isTry, type Life, lived } from './life.ts'
import { COMPARED_DOMAINS, COMPARED_TAGS, NAMED_DOMAINS, NAMED_TAGS, STEP_MS } from './limits.ts'

/** One row to be added to: which hour or day, whose, and what. */
export interface Cell extends Key {
  readonly facet: Facet
  readonly step: keyof typeof STEP_MS
  readonly atMs: number
  /** '' in all facets but `tag`. */
  readonly tag: string
  readonly counts: Counts
}

/** The day of an organization whose names of a kind are compared. */
export interface NamesDay {
  readonly organization: string
  readonly dayMs: number
  readonly kind: keyof typeof ROOM
}

const ROOM = {
  domain: { named: NAMED_DOMAINS, compared: COMPARED_DOMAINS },
  tag: { named: NAMED_TAGS, compared: COMPARED_TAGS },
} satisfies Readonly<Record<string, Room>>

/** Counts the events of one chunk in memory: give it what is stored, then every fact in order, then store what it has. */
export class Tally {
  readonly lives: Map<string, Life>
  readonly #cells = new Map<string, Omit<Cell, 'counts'> & { readonly counts: Partial<Record<Counter, number>> }>()
  readonly #names: Map<string, LargestNames>

  constructor(lives: ReadonlyMap<string, Life>, names: ReadonlyMap<string, readonly Seen[]>) {
    this.lives = new Map(lives)
    this.#names = new Map([...names].map(([day, seen]) => [day, new LargestNames(ROOM[day.startsWith('tag') ? 'tag' : 'domain'], seen)]))
  }

  add(fact: Fact): void {
    if (fact.delivery === null) return this.#countShared(fact)
    const before = this.lives.get(fact.delivery)
    if (before === undefined) return this.#begin(fact, fact.delivery)
    const after = lived(before, fact)
    if (isTry(before, fact)) this.#count({ ...after, category: fact.category }, fact.atMs, triesOf(fact), 1)
    if (after === before) return
    this.#count(before, before.atMs, countsOf(before), -1)
    this.#count(after, after.atMs, countsOf(after), 1)
    this.lives.set(fact.delivery, after)
  }

  /** Rows that change. */
  cells(): readonly Cell[] {
    return [...this.#cells.values()].filter(({ counts }) => isSomething(counts))
  }

  /** What is known of an organization's names on a day, to be stored. */
  names(day: NamesDay): readonly Seen[] {
    return this.#names.get(dayKey(day))?.toJSON() ?? []
  }

  #begin(fact: Fact, delivery: string): void {
    if (born(fact, { domain: '', tags: [] }) === null) return // Of a delivery that the log does not know from its beginning.
    const life = born(fact, { domain: this.#named(dayOf(fact, 'domain'), fact.domain), tags: [...new Set(fact.tags.map((tag) => this.#named(dayOf(fact, 'tag'), tag)))] })
    if (life === null) return
    this.lives.set(delivery, life)
    this.#count(life, life.atMs, countsOf(life), 1)
  }

  #named(day: NamesDay, name: string): string {
    const key = dayKey(day)
    const names = this.#names.get(key) ?? new LargestNames(ROOM[day.kind])
    this.#names.set(key, names)
    return names.name(name)
  }

  /** Nobody knows whose it is, so it belongs to no delivery; it is judged by itself alone, and for good (`judgeHits`). */
  #countShared({ organization, stream, atMs, hit }: Fact): void {
    if (hit === null) return
    this.#count({ organization, stream, tags: [], provider: '', domain: '', source: '', pool: '', category: '' }, atMs, { [SHARED[hit.kind][hit.class]]: 1 }, 1)
  }

  #count(of: Key & { readonly tags: readonly string[] }, atMs: number, counts: Counts, sign: 1 | -1): void {
    const brief = faceted(of, 'brief')
    for (const step of STEPS) {
      const startMs = startOf(step, atMs)
      plus(this.#cell(brief, 'brief', step, startMs, ''), counts, sign)
      plus(this.#cell(of, 'full', step, startMs, ''), counts, sign)
      for (const tag of of.tags) plus(this.#cell(brief, 'tag', step, startMs, tag), counts, sign)
    }
  }

  /** The counts of a cell. Its words hold no control characters (`factOf`), so a line of each is a key. */
  #cell({ organization, stream, provider, domain, source, pool, category }: Key, facet: Facet, step: Cell['step'], atMs: number, tag: string): Partial<Record<Counter, number>> {
    const id = `${organization}\n${facet}\n${step}\n${atMs}\n${tag}\n${stream}\n${provider}\n${domain}\n${source}\n${pool}\n${category}`
    const known = this.#cells.get(id)
    if (known !== undefined) return known.counts
    const counts = {}
    this.#cells.set(id, { organization, facet, step, atMs, tag, stream, provider, domain, source, pool, category, counts })
    return counts
  }
}

const STEPS = ['hour', 'day'] as const

const SHARED = {
  open: { human: 'opensHuman', proxy: 'opensProxy', bot: 'opensBot' },
  click: { human: 'clicksHuman', proxy: 'clicksBot', bot: 'clicksBot' }, // People click through no proxy: see core/track/classify.
} as const

/** When the hour or the day of a time began. */
export function startOf(step: keyof typeof STEP_MS, atMs: number): number {
  return Math.floor(atMs / STEP_MS[step]) * STEP_MS[step]
}

/** The day on which a delivery's names are compared with others. */
function dayOf({ organization, atMs }: Fact, kind: NamesDay['kind']): NamesDay {
  return { organization, dayMs: startOf('day', atMs), kind }
}

/** The days whose names these facts are counted among. */
export function daysOf(facts: readonly Fact[]): readonly NamesDay[] {
  const begun = facts.filter(({ type }) => type === 'delivery.queued' || type === 'delivery.captured' || type === 'delivery.suppressed')
  const days = begun.flatMap((fact) => [dayOf(fact, 'domain'), ...(fact.tags.length === 0 ? [] : [dayOf(fact, 'tag')])])
  return [...new Map(days.map((day) => [dayKey(day), day])).values()]
}

/** What tells such days apart. */
export function dayKey({ organization, dayMs, kind }: NamesDay): string {
  return `${kind} ${dayMs} ${organization}`
}

function triesOf({ type }: Fact): Counts {
  if (type === 'delivery.deferred') return { tries: 1, triesDeferred: 1 }
  return type === 'delivery.failed' ? { tries: 1, triesFailed: 1 } : { tries: 1, triesDelivered: 1 }
}
