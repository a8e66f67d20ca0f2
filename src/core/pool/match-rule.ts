import { CATEGORIES } from './category.ts'
import { limitsFault, TLS_NEEDS } from './lane-limits.ts'
import { MAX_HITS, MAX_PATTERN_GAP, MAX_REPLY_CHARS } from './limits.ts'
import { rateFault } from './rate.ts'
import type { Action, Condition, Counter, Rule, Stage } from './rule.ts'

/** What a peer said, and where. */
export interface PeerReply {
  /** From `siteOf`. */
  readonly provider: string | null
  readonly stage: Stage
  /** Three digits. */
  readonly code: number
  /** `4.7.28`, or null when the reply had none. */
  readonly enhanced: string | null
  /** What follows the codes; lines joined by a line feed or a space. */
  readonly text: string
}

/** The rules, ready to be asked. */
export interface RuleBook {
  readonly byId: ReadonlyMap<string, Rule>
  readonly byProvider: ReadonlyMap<string, readonly Rule[]>
  readonly any: readonly Rule[]
  readonly counters: readonly Rule[]
}

/** Makes the rules ready and checks them. @throws {Error} with one line that names the rule and what is wrong with it. */
export function loadRules(rules: readonly Rule[], providers: ReadonlySet<string>): RuleBook {
  const byId = new Map<string, Rule>()
  const byProvider = new Map<string, Rule[]>()
  for (const rule of rules) {
    const fault = ruleFault(rule, providers, new Set(rules.map(({ id }) => id))) ?? (byId.has(rule.id) ? 'the id is there twice' : null)
    if (fault !== null) throw new Error(`rule ${rule.id}: ${fault}`)
    byId.set(rule.id, rule)
    if (rule.providers === 'any') continue
    for (const provider of rule.providers) byProvider.set(provider, [...(byProvider.get(provider) ?? []), rule])
  }
  const any = rules.filter((rule) => rule.providers === 'any' && !isCounter(rule.when))
  const book = { byId, byProvider, any, counters: rules.filter(({ when }) => isCounter(when)) }
  for (const rule of rules) checkTests(rule, book)
  return book
}

/** The first rule that a reply hits: the provider's from the top, then everybody's. Null when none does. */
export function matchRule(book: RuleBook, reply: PeerReply): Rule | null {
  if (reply.code < 400) return null
  const text = reply.text.slice(0, MAX_REPLY_CHARS)
  const own = reply.provider === null ? [] : (book.byProvider.get(reply.provider) ?? [])
  return own.find((rule) => isHit(rule, reply, text)) ?? book.any.find((rule) => isHit(rule, reply, text)) ?? null
}

/** The rule that a counted number hits, or null. */
export function matchCount(book: RuleBook, count: Counter['count'], value: number): Rule | null {
  return book.counters.find(({ when }) => isCounter(when) && when.count === count && value >= when.atLeast) ?? null
}

/** Takes a reply apart as servers write it: `421-4.7.28 text`. For tests of rules and for people who try a line. Null when it is none. */
export function parseReplyLine(line: string): Pick<PeerReply, 'code' | 'enhanced' | 'text'> | null {
  const found = /^([2-5]\d\d)(?:[ -]|$)(?:([245]\.\d{1,3}\.\d{1,3})(?: |$))?/.exec(line)
  if (found === null) return null
  return { code: Number(found[1]), enhanced: found[2] ?? null, text: line.slice(found[0].length) }
}

function isCounter(when: Rule['when']): when is Counter {
  return !Array.isArray(when)
}

function isHit(rule: Rule, reply: PeerReply, text: string): boolean {
  if (isCounter(rule.when)) return false
  if (rule.stages?.includes(reply.stage) === false) return false
  return rule.when.some((condition) => holds(condition, reply, text)) && rule.except?.test(text) !== true
}

function holds({ code, enhanced, text: pattern, and }: Condition, reply: PeerReply, text: string): boolean {
  if (code !== undefined && !String(reply.code).startsWith(code)) return false
  if (enhanced !== undefined && (reply.enhanced === null || !enhanced.includes(reply.enhanced))) return false
  return pattern?.test(text) !== false && and?.test(text) !== false
}

function ruleFault(rule: Rule, providers: ReadonlySet<string>, ids: ReadonlySet<string>): string | null {
  const unknown = rule.providers === 'any' ? undefined : rule.providers.find((key) => !providers.has(key))
  if (unknown !== undefined) return `no provider has the key ${unknown}`
  if (rule.tests.yes.length === 0 || rule.tests.no.length === 0) return 'it needs a test of each kind'
  if (rule.steps.length === 0) return 'it does nothing'
  if (!isCounter(rule.when) && rule.when.length === 0) return 'nothing can hit it'
  const patterns = isCounter(rule.when) ? [] : rule.when.flatMap(({ text, and }) => [text, and])
  for (const pattern of [...patterns, rule.except]) {
    const fault = pattern === undefined ? null : patternFault(pattern)
    if (fault !== null) return fault
  }
  for (const step of rule.steps) {
    const hits = step.after?.hits ?? 2
    if (hits < 2 || hits > MAX_HITS) return `a step after ${hits} hits: want 2 to ${MAX_HITS}`
    const isLasting = step.actions.some(({ do: what }) => LASTING.has(what))
    if (isLasting && step.lasts === null) return 'a step that lasts needs to say how long'
    if (isLasting && rule.scope === 'recipient') return 'a step that lasts needs a scope that does'
    for (const action of step.actions) {
      const fault = actionFault(action, rule, ids)
      if (fault !== null) return fault
    }
  }
  return null
}

/** Actions that hold for a while. */
const LASTING: ReadonlySet<Action['do']> = new Set(['rate', 'connections', 'messages-per-connection', 'suspend', 'pause', 'require-tls'])

/** Linear, whatever the reply is: nothing repeats but one short gap. */
function patternFault(pattern: RegExp): string | null {
  const bare = pattern.source.replace(/\\./g, '_').replace(/\[[^\]]*\]/g, '_')
  const name = `pattern /${pattern.source}/`
  if (pattern.flags !== 'i') return `${name}: want the flag i and no other`
  if (/[*+]|\{\d+,\}|\(\?[^:]/.test(bare)) return `${name}: nothing may repeat without an end or look around`
  const gaps = [...bare.matchAll(/\{(?:\d+,)?(\d+)\}/g)].map(([, most]) => Number(most))
  const isShort = gaps.length <= 1 && gaps.every((most) => most <= MAX_PATTERN_GAP)
  return isShort ? null : `${name}: one gap of ${MAX_PATTERN_GAP} at most`
}

function actionFault(action: Action, rule: Rule, ids: ReadonlySet<string>): string | null {
  switch (action.do) {
    case 'rate':
      return action.atMost === null ? percentFault(action.percent) : rateFault(action.atMost)
    case 'connections':
      return action.atMost === null ? percentFault(action.percent) : limitsFault({ connections: action.atMost })
    case 'messages-per-connection':
      return limitsFault({ messagesPerConnection: action.atMost })
    case 'reclass':
      return CATEGORIES.includes(action.category) ? null : `no category is called ${String(action.category)}`
    case 'require-tls':
      return TLS_NEEDS.includes(action.need) ? null : `no TLS need is called ${String(action.need)}`
    case 'hit':
      return ids.has(action.rule) && action.rule !== rule.id ? null : `no other rule is called ${action.rule}`
    case 'retry-after':
      return action.afterMs > 0 ? null : 'a retry needs a time'
    case 'reroute':
      if (rule.stages?.every((stage) => stage === 'connect' || stage === 'starttls') === true) return null
      return 'rerouting is for faults of the network, not for what a peer says'
    case 'suspend': case 'pause': case 'temporary': case 'alert': case 'check':
      return null
    default:
      return `no action is called ${String((action as { readonly do: unknown }).do)}`
  }
}

function percentFault(percent: number | null): string | null {
  return percent !== null && percent >= 1 && percent < 100 ? null : 'a share must be 1 to 99 percent'
}

function checkTests(rule: Rule, book: RuleBook): void {
  const expected = [...rule.tests.yes.map((line) => [line, true] as const), ...rule.tests.no.map((line) => [line, false] as const)]
  for (const [line, isWanted] of expected) {
    for (const provider of rule.providers === 'any' ? [null] : rule.providers) {
      const found = whatHits(rule, book, line, provider)
      if (found === undefined) throw new Error(`rule ${rule.id}: the test "${line}" is no reply`)
      if ((found === rule) !== isWanted) throw new Error(`rule ${rule.id}: the test "${line}" hits ${found?.id ?? 'no rule'}`)
    }
  }
}

function whatHits(rule: Rule, book: RuleBook, line: string, provider: string | null): Rule | null | undefined {
  if (isCounter(rule.when)) return matchCount(book, rule.when.count, Number(line))
  const reply = parseReplyLine(line)
  return reply === null ? undefined : matchRule(book, { ...reply, provider, stage: rule.stages?.[0] ?? 'final' })
}
