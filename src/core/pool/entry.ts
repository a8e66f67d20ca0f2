import { AGAIN_WITHIN_MS, LONGEST_ADJUSTMENT_MS, MAX_HITS, RECOVERY_START_PERCENT, RECOVERY_STEP_MS, SAME_INCIDENT_MS } from './limits.ts'
import type { Adjustment, Narrowing } from './resolve.ts'
import { scopeKey } from './rule.ts'
import { withoutAddresses } from './text.ts'
import type { Action, Keys, Rule } from './rule.ts'
import { endSuspension, suspend } from './suspension.ts'
import type { Suspension } from './suspension.ts'

/** What one rule remembers of one scope. Plain, so that it can be stored: one row for each rule and key. */
export interface Entry {
  readonly rule: string
  /** `scopeKey` of the rule's scope. */
  readonly key: string
  readonly keys: Keys
  /** When it was hit, the newest last. */
  readonly hits: readonly number[]
  readonly active: Active | null
}

/** What a rule does at present, or did until a while ago. */
export interface Active {
  /** Index of the highest step reached. */
  readonly step: number
  readonly startedMs: number
  /** Null: until somebody ends it. */
  readonly untilMs: number | null
  /** How long it was to last; null when that is not a time. */
  readonly lastsMs: number | null
  readonly suspension: Suspension | null
}

/** Something a rule heard of. */
export interface Hit {
  readonly keys: Keys
  /** The reply, or null when a count was hit. */
  readonly reply: string | null
  readonly code: number | null
}

/** What a hit changes. Alerts, checks and further hits are there only when something begins: not for each message of one incident. */
export interface Outcome {
  /** To be stored in place of the one before; null when there is nothing to remember. */
  readonly entry: Entry | null
  readonly change: 'started' | 'prolonged' | 'counted' | 'none'
  /** The actions that are over at once and are to be done now. */
  readonly also: readonly Action[]
}

/**
 * A rule was hit: what is remembered of it after `before`. Pure.
 *
 * A step begins when enough hits have come within its time. Hits of the first minute belong to what was under way. A hit after that, or
 * within an hour of the end, doubles the duration, up to 24 hours; while mail is suspended nothing is prolonged, since what still
 * comes then are canaries.
 */
export function hitRule(rule: Rule, before: Entry | null, hit: Hit, nowMs: number): Outcome {
  const key = scopeKey(rule.scope, hit.keys)
  if (key === null) return { entry: null, change: 'none', also: [] }
  const active = before?.active ?? null
  const isOn = active !== null && isOnAt(active, nowMs)
  const isSame = isOn && nowMs - active.startedMs < SAME_INCIDENT_MS
  const known = before?.hits ?? []
  const hits = isSame ? known : [...known.slice(1 - MAX_HITS), nowMs]
  const wanted = stepFor(rule, hits, hit.code, nowMs)
  const counted: Entry = { rule: rule.id, key, keys: hit.keys, hits, active }
  if (wanted === null) return { entry: counted, change: 'counted', also: [] }
  const begin = (step: number, lastsMs: number | null, change: 'started' | 'prolonged'): Outcome => ({
    entry: { ...counted, active: activeOf(rule, step, lastsMs, counted, hit, nowMs) },
    change,
    also: (rule.steps[step]?.actions ?? []).filter(({ do: what }) => what === 'alert' || what === 'check' || what === 'hit'),
  })
  if (active === null || (isOn && wanted > active.step)) return begin(wanted, lastsOf(rule, wanted), 'started')
  if (isOn) {
    const isWaiting = isSame || active.lastsMs === null || active.suspension !== null
    return isWaiting ? { entry: counted, change: 'counted', also: [] } : begin(active.step, doubled(rule, active), 'prolonged')
  }
  const isAgain = active.untilMs !== null && nowMs - active.untilMs <= AGAIN_WITHIN_MS && nowMs >= active.untilMs
  if (!isAgain || wanted > active.step) return begin(wanted, lastsOf(rule, wanted), 'started')
  return begin(active.step, doubled(rule, active), 'started')
}

/** What an entry means for the limits of what it concerns, now. Null when it means nothing any more. */
export function adjustmentOf(rule: Rule, { active }: Entry, nowMs: number): Adjustment | null {
  if (active === null) return null
  const actions = rule.steps.slice(0, active.step + 1).flatMap((step) => step.actions)
  const rate = actions.findLast((action) => action.do === 'rate') ?? null
  const connections = actions.findLast((action) => action.do === 'connections') ?? null
  const messages = actions.findLast((action) => action.do === 'messages-per-connection')?.atMost ?? null
  const tls = actions.findLast((action) => action.do === 'require-tls')?.need ?? null
  if (isOnAt(active, nowMs)) {
    if (rate === null && connections === null && messages === null && tls === null) return null
    return { rule: rule.id, untilMs: active.untilMs, state: 'active', rate, connections, messagesPerConnection: messages, tls }
  }
  const percent = recoveryPercent(active, nowMs)
  const isSlowed = rate !== null || connections !== null || active.suspension !== null
  if (percent === null || !isSlowed) return null
  return {
    rule: rule.id,
    untilMs: (active.untilMs ?? nowMs) + RECOVERY_MS,
    state: 'recovering',
    rate: rate === null && active.suspension === null ? null : recovering(rate, percent),
    connections: connections === null ? null : recovering(connections, percent),
    messagesPerConnection: null,
    tls: null,
  }
}

/** When `adjustmentOf` will say something else by itself; null when only a hit or a person can change it. */
export function changesAtMs({ active }: Entry, nowMs: number): number | null {
  if (active === null || active.untilMs === null) return null
  if (nowMs < active.untilMs) return active.untilMs
  const steps = Math.floor((nowMs - active.untilMs) / RECOVERY_STEP_MS) + 1
  return recoveryPercent(active, nowMs) === null ? null : active.untilMs + steps * RECOVERY_STEP_MS
}

/** Ends what an entry does: a person said so, a check was in order, or canaries arrived. Its scope recovers as after any end. */
export function endEntry(entry: Entry, nowMs: number): Entry {
  const { active } = entry
  if (active === null || !isOnAt(active, nowMs)) return entry
  const suspension = active.suspension === null ? null : endSuspension(active.suspension, nowMs)
  return { ...entry, hits: [], active: { ...active, untilMs: nowMs, suspension } }
}

/** Is there nothing left to remember? */
export function isForgotten(rule: Rule, { hits, active }: Entry, nowMs: number): boolean {
  if (active !== null && (isOnAt(active, nowMs) || nowMs - (active.untilMs ?? nowMs) <= AGAIN_WITHIN_MS)) return false
  const longestMs = Math.max(AGAIN_WITHIN_MS, ...rule.steps.map(({ after }) => after?.withinMs ?? 0))
  return nowMs - (hits.at(-1) ?? 0) > longestMs
}

/** From 25 percent, doubled each time, until the whole is reached. */
const RECOVERY_MS = Math.ceil(Math.log2(100 / RECOVERY_START_PERCENT)) * RECOVERY_STEP_MS

function isOnAt({ untilMs }: Active, nowMs: number): boolean {
  return untilMs === null || nowMs < untilMs
}

/** The highest step that these hits reach and that lasts. */
function stepFor(rule: Rule, hits: readonly number[], code: number | null, nowMs: number): number | null {
  const at = rule.steps.findLastIndex(({ after, replies, lasts }) => {
    if (lasts === null || (replies !== null && !String(code ?? '').startsWith(replies))) return false
    return after === null || hits.filter((hitMs) => nowMs - hitMs <= after.withinMs).length >= after.hits
  })
  return at === -1 ? null : at
}

function lastsOf(rule: Rule, step: number): number | null {
  const lasts = rule.steps[step]?.lasts ?? null
  return typeof lasts === 'number' ? lasts : null
}

/** A rule that itself asks for more than a day keeps what it asks for. */
function doubled(rule: Rule, { step, lastsMs }: Active): number | null {
  const base = lastsOf(rule, step)
  if (base === null || lastsMs === null) return base
  return Math.min(Math.max(base, LONGEST_ADJUSTMENT_MS), lastsMs * 2)
}

function activeOf(rule: Rule, step: number, lastsMs: number | null, entry: Entry, hit: Hit, nowMs: number): Active {
  const untilMs = lastsMs === null ? null : nowMs + lastsMs
  const actions = rule.steps[step]?.actions ?? []
  const stop = actions.find((action) => action.do === 'suspend' || action.do === 'pause')
  const suspension = stop === undefined ? null : suspend({
    id: `${rule.id} ${entry.key}`, scope: rule.scope, key: entry.key, what: stop.do, covers: stop.do === 'suspend' ? stop.covers : 'all',
    by: 'rule', rule: rule.id, reason: rule.note.en, firstReply: hit.reply === null ? null : withoutAddresses(hit.reply), untilMs, canary: stop.do === 'suspend' && stop.canary,
  }, nowMs)
  return { step, startedMs: nowMs, untilMs, lastsMs, suspension }
}

function recoveryPercent({ untilMs }: Active, nowMs: number): number | null {
  if (untilMs === null || nowMs < untilMs) return null
  const steps = Math.floor((nowMs - untilMs) / RECOVERY_STEP_MS)
  const percent = steps > 10 ? 100 : RECOVERY_START_PERCENT * 2 ** steps
  return percent >= 100 ? null : percent
}

function recovering<T>(narrowing: Narrowing<T> | null, percent: number): Narrowing<T> {
  return { atMost: narrowing?.atMost ?? null, percent: Math.max(percent, narrowing?.percent ?? 0) }
}
