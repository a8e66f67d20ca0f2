import { finding, type Finding } from '../finding.ts'
import type { ListReading } from './answer.ts'
import { MAX_LIST_QUESTIONS, MAX_ZONES } from './limits.ts'
import type { DnsList, ListSubject } from './list.ts'
import { listName } from './query.ts'

/** What a session needs of `DnsLists`. */
export interface ListPort {
  usable(): readonly DnsList[]
  ask(list: DnsList, name: string, signal: AbortSignal): Promise<ListReading>
}

/** Something that is listed. */
export interface ListHit {
  readonly list: DnsList
  readonly subject: ListSubject
  readonly rules: readonly string[]
}

/** The questions of one connection: each is asked once, in a limited number of zones. */
export class ListSession {
  readonly #port: ListPort
  readonly #asked = new Map<string, Promise<ListReading>>()
  readonly #zones = new Set<string>()

  constructor(port: ListPort) {
    this.#port = port
  }

  /** Is there a list to ask? Who finds subjects out with some trouble asks first. */
  get isAsking(): boolean {
    return this.#port.usable().length > 0
  }

  /** Asks every list that knows such things, at once. What was asked before is not asked again. */
  async about(subjects: readonly ListSubject[], signal: AbortSignal): Promise<readonly ListHit[]> {
    const waiting: Promise<ListHit | null>[] = []
    for (const list of this.#port.usable()) {
      for (const subject of subjects) {
        const name = listName(list, subject)
        if (name !== null) waiting.push(this.#ask(list, subject, name, signal))
      }
    }
    return (await Promise.all(waiting)).filter((hit) => hit !== null)
  }

  async #ask(list: DnsList, subject: ListSubject, name: string, signal: AbortSignal): Promise<ListHit | null> {
    let asked = this.#asked.get(name)
    if (asked === undefined) {
      if (this.#asked.size >= MAX_LIST_QUESTIONS || (!this.#zones.has(list.zone) && this.#zones.size >= MAX_ZONES)) return null
      this.#zones.add(list.zone)
      asked = this.#port.ask(list, name, signal)
      this.#asked.set(name, asked)
    }
    const reading = await asked
    return reading.kind === 'listed' && reading.rules.length > 0 ? { list, subject, rules: reading.rules } : null
  }
}

/** Hits as findings, each rule once for each thing that is listed. */
export function listFindings(hits: readonly ListHit[]): readonly Finding[] {
  const found = new Map<string, Finding>()
  for (const { subject, rules } of hits) for (const rule of rules) found.set(`${rule} ${subject.value}`, finding(rule, subject.value))
  return [...found.values()]
}
