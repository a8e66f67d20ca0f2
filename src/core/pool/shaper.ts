import { fullBucket, takeFrom } from './bucket.ts'
import type { BucketState } from './bucket.ts'
import { adjustmentOf, changesAtMs, endEntry, hitRule, isForgotten } from './entry.ts'
import type { Entry, Hit } from './entry.ts'
import { MAX_ENTRIES, MAX_GATES, MAX_REPLY_CHARS, SLOW_PERCENT } from './limits.ts'
import { matchCount, matchRule } from './match-rule.ts'
import type { PeerReply, RuleBook } from './match-rule.ts'
import { burstOf, shareOf, slower } from './rate.ts'
import type { Rate } from './rate.ts'
import { narrowedRate } from './resolve.ts'
import type { Adjustment } from './resolve.ts'
import { LASTING_SCOPES, scopeKey } from './rule.ts'
import type { Action, Counter, Keys, Rule, Scope } from './rule.ts'
import { canaryArrived, canaryFailed, endSuspension, isInForce, takeCanary } from './suspension.ts'
import type { Suspension } from './suspension.ts'
import { RULES } from './table/rules.ts'
import { verdictOf } from './verdict.ts'
import type { Verdict } from './verdict.ts'

/** What came of a reply or a count. */
export interface Heard {
  /** Null: no rule was hit; the reply means what its code says. */
  readonly rule: Rule | null
  readonly verdict: Verdict | null
  /** Entries to be stored and told to other nodes: each as it is now. */
  readonly entries: readonly Entry[]
  /** Did limits or suspensions change? Then the lanes of this source and site ask for their limits again. */
  readonly isNews: boolean
  /** Alerts and checks to be done now, once for each incident. */
  readonly also: readonly { readonly rule: Rule; readonly action: Action }[]
}

/** What rules mean for a lane now. */
export interface LaneAdjustments {
  /** For `limitsOf`. */
  readonly adjustments: readonly Adjustment[]
  /** When they change by themselves; null when only news can change them. */
  readonly againMs: number | null
}

/** May a message go? `canary`: yes, and what becomes of it must be told with `canaryEnded`. */
export type Stand =
  | { readonly kind: 'go' }
  | { readonly kind: 'canary' }
  /** Nothing to send before then; null is until somebody ends it. `suspension` is null when a rate is the reason. */
  | { readonly kind: 'wait'; readonly untilMs: number | null; readonly suspension: Suspension | null }

/**
 * Keeps what the rules of automation have started: hears replies, answers what holds for a lane and for a message. Each answer costs a
 * look at the few entries of the scopes it concerns. It does no I/O: who owns it stores `Heard.entries` and brings them back
 * with `restore`.
 */
export class Shaper {
  readonly #book: RuleBook
  readonly #entries = new Map<string, Map<string, Entry>>()
  readonly #byUser = new Map<string, Map<string, Suspension>>()
  readonly #gates = new Map<string, BucketState>()
  #count = 0

  constructor(book: RuleBook = RULES) {
    this.#book = book
  }

  /** A peer refused something. */
  hear(reply: PeerReply, keys: Keys, nowMs: number): Heard {
    const rule = matchRule(this.#book, reply)
    if (rule === null) return NOTHING
    const text = `${reply.code} ${reply.enhanced ?? ''} ${reply.text}`.slice(0, MAX_REPLY_CHARS)
    return this.#hit(rule, { keys, reply: text, code: reply.code }, nowMs)
  }

  /** A number that somebody counts has changed: connections to a site that failed in a row, percent of unknown users of a stream. */
  hearCount(count: Counter['count'], value: number, keys: Keys, nowMs: number): Heard {
    const rule = matchCount(this.#book, count, value)
    return rule === null ? NOTHING : this.#hit(rule, { keys, reply: null, code: null }, nowMs)
  }

  /** What holds for a lane now. */
  adjustments(keys: Pick<Keys, 'source' | 'site'>, nowMs: number): LaneAdjustments {
    const entries = this.#entriesOf(LANE_SCOPES, { ...keys, organization: null, stream: null })
    const adjustments = entries.flatMap((entry) => this.#adjustment(entry, nowMs) ?? [])
    const times = entries.flatMap((entry) => changesAtMs(entry, nowMs) ?? [])
    return { adjustments, againMs: times.length === 0 ? null : Math.min(...times) }
  }

  /** Which suspension stops mail of this kind now, the longest first; null when none does. For people, and for the time to come back. */
  stopped(keys: Keys, traffic: 'bulk' | 'other', nowMs: number): Suspension | null {
    const longest = (a: Suspension, b: Suspension): number => (b.untilMs ?? Infinity) - (a.untilMs ?? Infinity) || 0
    return this.#inForce(keys, traffic, nowMs).toSorted(longest)[0] ?? null
  }

  /** May mail of this kind take this road now, if only as a canary? Takes nothing: for choosing a source. */
  isOpen(keys: Keys, traffic: 'bulk' | 'other', nowMs: number): boolean {
    if (this.#count === 0 && this.#byUser.size === 0) return true
    return this.#inForce(keys, traffic, nowMs).every((suspension) => takeCanary(suspension, nowMs) !== null)
  }

  /** May one message go now? Asked once for each message, before the lane is: it counts. `laneRate` is the rate of the lane's limits. */
  mayGo(keys: Keys, traffic: 'bulk' | 'other', laneRate: Rate, nowMs: number): Stand {
    if (this.#count === 0 && this.#byUser.size === 0) return GO
    const entries = this.#entriesOf(LASTING_SCOPES, keys)
    if (entries.length === 0 && this.#byUser.size === 0) return GO
    const stopping = this.#inForce(keys, traffic, nowMs, entries)
    if (stopping.length === 0) return this.#throughGates(entries, this.#slowing(keys, traffic, nowMs), laneRate, nowMs)
    const sent = stopping.map((suspension) => takeCanary(suspension, nowMs))
    if (sent.includes(null)) {
      const suspension = this.stopped(keys, traffic, nowMs)
      return { kind: 'wait', untilMs: suspension?.untilMs ?? null, suspension }
    }
    for (const suspension of sent) if (suspension !== null) this.#put(suspension, nowMs)
    return { kind: 'canary' }
  }

  /** What became of a canary. Three that arrive in a row end what they were sent for. The entries that changed are to be stored. */
  canaryEnded(keys: Keys, traffic: 'bulk' | 'other', end: 'arrived' | 'failed', nowMs: number): readonly Entry[] {
    return this.#inForce(keys, traffic, nowMs).flatMap((suspension) => {
      return this.#put(end === 'arrived' ? canaryArrived(suspension, nowMs) : canaryFailed(suspension), nowMs) ?? []
    })
  }

  /** A person, or what became of earlier mail, stops mail or slows it down. */
  suspend(suspension: Suspension): void {
    const found = this.#byUser.get(suspension.key) ?? new Map<string, Suspension>()
    this.#byUser.set(suspension.key, found.set(suspension.id, suspension))
  }

  /** All suspensions in force. */
  suspensions(nowMs: number): readonly Suspension[] {
    const byRule = this.entries().flatMap(({ active }) => active?.suspension ?? [])
    const byUser = [...this.#byUser.values()].flatMap((found) => [...found.values()])
    return [...byRule, ...byUser].filter((suspension) => isInForce(suspension, nowMs))
  }

  /** Ends a suspension or an adjustment: of a person by its id, of a rule by `<rule> <key>`. The entries that changed are to be stored. */
  end(id: string, nowMs: number): readonly Entry[] {
    for (const found of this.#byUser.values()) {
      const suspension = found.get(id)
      if (suspension !== undefined) found.set(id, endSuspension(suspension, nowMs))
    }
    const ended = this.entries().filter(({ rule, key }) => `${rule} ${key}` === id).map((entry) => endEntry(entry, nowMs))
    for (const entry of ended) this.#keep(entry)
    return ended
  }

  /** Everything that rules remember. */
  entries(): readonly Entry[] {
    return [...this.#entries.values()].flatMap((found) => [...found.values()])
  }

  /** Brings back an entry that was stored, or that another node has changed. One whose rule is gone is left out. */
  restore(entry: Entry): void {
    if (this.#book.byId.has(entry.rule)) this.#keep(entry)
  }

  /** Drops what means nothing any more. To be called now and then; what is dropped may be removed from storage. */
  forget(nowMs: number): readonly Entry[] {
    const dropped = this.entries().filter((entry) => {
      const rule = this.#book.byId.get(entry.rule)
      return rule === undefined || isForgotten(rule, entry, nowMs)
    })
    for (const { key, rule } of dropped) this.#drop(key, rule)
    for (const [key, found] of this.#byUser) {
      for (const suspension of found.values()) if (!isInForce(suspension, nowMs)) found.delete(suspension.id)
      if (found.size === 0) this.#byUser.delete(key)
    }
    return dropped
  }

  #hit(rule: Rule, hit: Hit, nowMs: number): Heard {
    const entries: Entry[] = []
    const also: { rule: Rule; action: Action }[] = []
    let isNews = false
    const asked = [rule]
    for (const next of asked) {
      const key = scopeKey(next.scope, hit.keys)
      const before = key === null ? null : (this.#entries.get(key)?.get(next.id) ?? null)
      const outcome = hitRule(next, before, hit, nowMs)
      if (outcome.entry !== null) {
        this.#keep(outcome.entry)
        entries.push(outcome.entry)
      }
      isNews ||= outcome.change === 'started' || outcome.change === 'prolonged'
      for (const action of outcome.also) {
        const further = action.do === 'hit' ? this.#book.byId.get(action.rule) : undefined
        if (further !== undefined && !asked.includes(further)) asked.push(further)
        if (action.do !== 'hit') also.push({ rule: next, action })
      }
    }
    return { rule, verdict: verdictOf(rule, hit.reply ?? ''), entries, isNews, also }
  }

  /** A tenant's and a stream's rate have buckets of their own, since lanes are shared. */
  #throughGates(entries: readonly Entry[], slowing: readonly Suspension[], laneRate: Rate, nowMs: number): Stand {
    const rates = new Map<string, Rate>(slowing.map(({ key }) => [key, shareOf(laneRate, SLOW_PERCENT)]))
    for (const entry of entries) {
      if (!isGate(this.#book.byId.get(entry.rule))) continue
      const narrowing = this.#adjustment(entry, nowMs)?.rate ?? null
      if (narrowing !== null) rates.set(entry.key, slower(rates.get(entry.key) ?? laneRate, narrowedRate(laneRate, narrowing)))
    }
    for (const [key, rate] of rates) {
      const bucket = this.#gates.get(key) ?? fullBucket(rate, burstOf(rate), nowMs)
      if (!this.#gates.has(key)) this.#gates.set(key, bucket)
      evict(this.#gates, MAX_GATES)
      const answer = takeFrom(bucket, rate, burstOf(rate), nowMs)
      if (answer !== 'go') return { kind: 'wait', untilMs: answer.waitUntilMs, suspension: null }
    }
    return GO
  }

  #adjustment(entry: Entry, nowMs: number): Adjustment | null {
    const rule = this.#book.byId.get(entry.rule)
    return rule === undefined ? null : adjustmentOf(rule, entry, nowMs)
  }

  #entriesOf(scopes: readonly Scope[], keys: Keys): readonly Entry[] {
    const found: Entry[] = []
    for (const scope of scopes) {
      const key = scopeKey(scope, keys)
      const entries = key === null ? undefined : this.#entries.get(key)
      if (entries !== undefined) found.push(...entries.values())
    }
    return found
  }

  #inForce(keys: Keys, traffic: 'bulk' | 'other', nowMs: number, entries = this.#entriesOf(LASTING_SCOPES, keys)): readonly Suspension[] {
    const byRule = entries.flatMap(({ active }) => active?.suspension ?? [])
    const scopes = this.#byUser.size === 0 ? [] : LASTING_SCOPES
    const byUser = scopes.flatMap((scope) => [...(this.#byUser.get(scopeKey(scope, keys) ?? '')?.values() ?? [])])
    return [...byRule, ...byUser].filter((suspension) => suspension.what !== 'slow' && concerns(suspension, traffic, nowMs))
  }

  /** What lets mail of this kind go at a part of its rate. Rules do the same by their adjustments. */
  #slowing(keys: Keys, traffic: 'bulk' | 'other', nowMs: number): readonly Suspension[] {
    if (this.#byUser.size === 0) return []
    return LASTING_SCOPES.flatMap((scope) => [...(this.#byUser.get(scopeKey(scope, keys) ?? '')?.values() ?? [])]).filter((suspension) => suspension.what === 'slow' && concerns(suspension, traffic, nowMs))
  }

  /** Puts a changed suspension back where it came from; the entry it belongs to, when it is a rule's. */
  #put(suspension: Suspension, nowMs: number): Entry | null {
    if (suspension.by !== 'rule') {
      this.suspend(suspension)
      return null
    }
    const entry = this.#entries.get(suspension.key)?.get(suspension.rule ?? '')
    if (entry?.active === undefined || entry.active === null) return null
    const changed = { ...entry, active: { ...entry.active, suspension } }
    const next = isInForce(suspension, nowMs) ? changed : { ...endEntry(entry, nowMs), hits: entry.hits }
    this.#keep(next)
    return next
  }

  #keep(entry: Entry): void {
    const found = this.#entries.get(entry.key) ?? new Map<string, Entry>()
    if (!found.has(entry.rule)) this.#count += 1
    this.#entries.set(entry.key, found.set(entry.rule, entry))
    if (this.#count > MAX_ENTRIES) this.#dropOldest()
  }

  /** Strangers' sites can fill this: then the oldest goes of what strangers' sites alone can hit. What a person must end stays. */
  #dropOldest(): void {
    for (const [key, found] of this.#entries) {
      for (const { rule, active } of found.values()) {
        if (this.#book.byId.get(rule)?.providers === 'any' && (active === null || active.untilMs !== null)) return this.#drop(key, rule)
      }
    }
  }

  #drop(key: string, rule: string): void {
    const found = this.#entries.get(key)
    if (found?.delete(rule) === true) this.#count -= 1
    if (found?.size === 0) this.#entries.delete(key)
  }
}

const GO: Stand = { kind: 'go' }
const NOTHING: Heard = { rule: null, verdict: null, entries: [], isNews: false, also: [] }

/** Scopes that narrow a lane. */
const LANE_SCOPES: readonly Scope[] = ['source-site', 'site', 'source']

function concerns(suspension: Suspension, traffic: 'bulk' | 'other', nowMs: number): boolean {
  return isInForce(suspension, nowMs) && (suspension.covers === 'all' || traffic === 'bulk')
}

function isGate(rule: Rule | undefined): boolean {
  return rule !== undefined && !LANE_SCOPES.includes(rule.scope)
}

function evict<T>(map: Map<string, T>, most: number): void {
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
