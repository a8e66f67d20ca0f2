import type { Answer } from '../../../base/dns.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import { readAnswer, type ListReading } from './answer.ts'
import { afterQuestion, afterTest, type ListHealth, mayAsk, UNTESTED } from './health.ts'
import { BELIEVED_FOR_MS, LIST_WITHIN_MS } from './limits.ts'
import type { DnsList } from './list.ts'
import { ListSession } from './list-session.ts'

/** What lists need of DNS. `DnsResolver` is one. */
export interface ListDns {
  addresses(name: string, family: 4, signal: AbortSignal): Promise<Answer<string>>
}

/** How lists are asked. */
export interface DnsListsOptions {
  /** Those that the operator has not turned off. */
  readonly lists: readonly DnsList[]
  readonly dns: ListDns
  readonly clock: Clock
  readonly log: Log
  /**
   * `never` for a resolver that knows only the demo's names. Lists refuse, or answer wrongly, what comes by resolvers that many share, so only a
   * resolver of one's own is `allowed`. deliverability §5.3.
   */
  readonly asking: 'allowed' | 'never'
  /** How long one question may take; `LIST_WITHIN_MS` unless said. */
  readonly withinMs?: number
}

/** The DNS lists of one worker: which of them are well, and the sessions that ask them. Nothing rejects for what a list does. */
export class DnsLists {
  readonly #options: DnsListsOptions
  readonly #health = new Map<string, ListHealth>()
  readonly #retests = new Map<string, Promise<void>>()

  constructor(options: DnsListsOptions) {
    this.#options = options
  }

  /** Those that may be asked now. */
  usable(): readonly DnsList[] {
    if (this.#options.asking === 'never' || this.#options.lists.length === 0) return []
    const nowMs = this.#options.clock.nowMs()
    return this.#options.lists.filter(({ zone }) => mayAsk(this.#healthOf(zone), nowMs))
  }

  /** How each list does, for the operator. */
  health(): readonly { readonly list: DnsList; readonly health: ListHealth }[] {
    return this.#options.lists.map((list) => ({ list, health: this.#healthOf(list.zone) }))
  }

  /** Begins to ask for one connection: see `ListSession`. */
  session(): ListSession {
    return new ListSession({ usable: () => this.usable(), ask: (list, name, signal) => this.ask(list, name, signal) })
  }

  /** Asks one list for one name, within its time, and remembers how that went. Who is listed is so by a list that has passed its test lately: else it is tested first. */
  async ask(list: DnsList, name: string, signal: AbortSignal): Promise<ListReading> {
    const reading = readAnswer(list, await this.#answer(name, signal))
    // A client that has left says nothing of the list.
    if (!signal.aborted) this.#note(list.zone, afterQuestion(this.#healthOf(list.zone), reading, this.#options.clock.nowMs()))
    if (reading.kind !== 'listed' || this.#options.clock.nowMs() - this.#healthOf(list.zone).testedMs < BELIEVED_FOR_MS) return reading
    await this.#retest(list)
    const { trouble, detail } = this.#healthOf(list.zone)
    return trouble === null ? reading : { kind: 'error', answer: detail }
  }

  /**
   * Tests the lists whose time has come: at the start, then hourly. To be called every minute or so. A list that is not well is found here, and so is
   * one that is well again.
   */
  async selfTest(signal: AbortSignal): Promise<void> {
    if (this.#options.asking === 'never') return
    const { lists, clock } = this.#options
    const due = lists.filter(({ zone }) => this.#healthOf(zone).testAtMs <= clock.nowMs())
    await Promise.all(due.map((list) => this.#test(list, signal)))
  }

  /** All who ask at one time share it, so whoever leaves does not end it: its questions have their time. */
  async #retest(list: DnsList): Promise<void> {
    const underWay = this.#retests.get(list.zone) ?? this.#test(list, new AbortController().signal).finally(() => this.#retests.delete(list.zone))
    this.#retests.set(list.zone, underWay)
    await underWay
  }

  async #test(list: DnsList, signal: AbortSignal): Promise<void> {
    const [listed, unlisted] = await Promise.all([
      this.#answer(`${list.test.listed}.${list.zone}`, signal), this.#answer(`${list.test.unlisted}.${list.zone}`, signal),
    ])
    if (signal.aborted) return
    this.#note(list.zone, afterTest(this.#healthOf(list.zone), readAnswer(list, listed), readAnswer(list, unlisted), this.#options.clock.nowMs()))
  }

  async #answer(name: string, signal: AbortSignal): Promise<Answer<string>> {
    return await this.#options.dns.addresses(name, 4, AbortSignal.any([signal, AbortSignal.timeout(this.#options.withinMs ?? LIST_WITHIN_MS)]))
  }

  #healthOf(zone: string): ListHealth {
    return this.#health.get(zone) ?? UNTESTED
  }

  #note(zone: string, health: ListHealth): void {
    const before = this.#healthOf(zone)
    this.#health.set(zone, health)
    if (before.trouble === health.trouble) return
    if (health.trouble === null) this.#options.log.info('dnslist.enabled', { zone })
    else this.#options.log.warn('dnslist.disabled', { zone, why: health.trouble, detail: health.detail, untilMs: health.untilMs })
  }
}
