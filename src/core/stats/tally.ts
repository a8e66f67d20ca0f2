import { type Counter, type Counts, type Key, plus } from './counter.ts'
import { LargestDomains, type Seen } from './domains.ts'
import type { Fact } from './fact.ts'
import { born, countsOf, isTry, type Life, lived } from './life.ts'
import { STEP_MS } from './limits.ts'

/** One row to be added to: which hour or day, whose, and what. */
export interface Cell extends Key {
  readonly step: keyof typeof STEP_MS
  readonly atMs: number
  readonly counts: Counts
}

/** The day of an organization whose domains are compared. */
export interface DomainDay {
  readonly organization: string
  readonly dayMs: number
}

/** Counts the events of one chunk in memory: give it what is stored, then every fact in order, then store what it has. */
export class Tally {
  readonly lives: Map<string, Life>
  readonly #cells = new Map<string, { readonly key: Key; readonly step: keyof typeof STEP_MS; readonly atMs: number; readonly counts: Partial<Record<Counter, number>> }>()
  readonly #domains: Map<string, LargestDomains>

  constructor(lives: ReadonlyMap<string, Life>, domains: ReadonlyMap<string, readonly Seen[]>) {
    this.lives = new Map(lives)
    this.#domains = new Map([...domains].map(([day, seen]) => [day, new LargestDomains(seen)]))
  }

  add(fact: Fact): void {
    const before = this.lives.get(fact.delivery)
    if (before === undefined) return this.#begin(fact)
    const after = lived(before, fact)
    if (isTry(before, fact)) this.#count({ ...after, category: fact.category }, fact.atMs, triesOf(fact), 1)
    if (after === before) return
    this.#count(before, before.atMs, countsOf(before), -1)
    this.#count(after, after.atMs, countsOf(after), 1)
    this.lives.set(fact.delivery, after)
  }

  /** Rows that change. */
  cells(): readonly Cell[] {
    return [...this.#cells.values()].filter(({ counts }) => Object.values(counts).some((count) => count !== 0)).map(({ key, ...cell }) => ({ ...key, ...cell }))
  }

  /** What is known of an organization's domains on a day, to be stored. */
  domains(day: DomainDay): readonly Seen[] {
    return this.#domains.get(dayKey(day))?.toJSON() ?? []
  }

  #begin(fact: Fact): void {
    if (born(fact, '') === null) return // Of a delivery that the log does not know from its beginning.
    const key = dayKey(dayOf(fact))
    const domains = this.#domains.get(key) ?? new LargestDomains()
    this.#domains.set(key, domains)
    const life = born(fact, domains.name(fact.domain))
    if (life === null) return
    this.lives.set(fact.delivery, life)
    this.#count(life, life.atMs, countsOf(life), 1)
  }

  #count({ organization, stream, provider, domain, source, category }: Key, atMs: number, counts: Counts, sign: 1 | -1): void {
    for (const step of ['hour', 'day'] as const) {
      const startMs = startOf(step, atMs)
      const id = JSON.stringify([step, startMs, organization, stream, provider, domain, source, category])
      const cell = this.#cells.get(id) ?? { key: { organization, stream, provider, domain, source, category }, step, atMs: startMs, counts: {} }
      this.#cells.set(id, cell)
      plus(cell.counts, counts, sign)
    }
  }
}

/** When the hour or the day of a time began. */
export function startOf(step: keyof typeof STEP_MS, atMs: number): number {
  return Math.floor(atMs / STEP_MS[step]) * STEP_MS[step]
}

/** The day on which a delivery's domain is compared with others. */
export function dayOf({ organization, atMs }: Fact): DomainDay {
  return { organization, dayMs: startOf('day', atMs) }
}

/** What tells such days apart. */
export function dayKey({ organization, dayMs }: DomainDay): string {
  return `${dayMs} ${organization}`
}

function triesOf({ type }: Fact): Counts {
  if (type === 'delivery.deferred') return { tries: 1, triesDeferred: 1 }
  return type === 'delivery.failed' ? { tries: 1, triesFailed: 1 } : { tries: 1, triesDelivered: 1 }
}
