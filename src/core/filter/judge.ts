import { reply, type Reply } from '../../proto/smtp/reply.ts'
import type { HardAttachment } from './attachment-policy.ts'
import type { Finding } from './finding.ts'
import { MAX_REASONS_IN_REPLY, MAX_SCORE } from './limits.ts'
import type { FilterRules } from './rule.ts'

/** Scores from which on something happens. A domain or an account may have its own; 0 to `MAX_SCORE`. */
export interface Thresholds {
  readonly reject: number
  readonly junk: number
  /** From here on a message is marked as suspicious, and stays in the inbox. */
  readonly tag: number
}

/** deliverability §5.4. */
export const DEFAULT_THRESHOLDS: Thresholds = { reject: 15, junk: 6, tag: 3 }

/** What happens whatever the score is. */
export type HardVerdict =
  /** A scanner knows it. Nothing lifts this. */
  | { readonly kind: 'malware'; readonly name: string }
  /** What the attachment policy says. No list lifts this: a correspondent's account may be in other hands. The policy itself can be changed. */
  | { readonly kind: 'attachment'; readonly attachment: HardAttachment }
  /** What the author's domain asks for, as decided by §5.6. Somebody who is allowed passes: he is proven by other means. */
  | { readonly kind: 'dmarc'; readonly what: 'reject' | 'junk'; readonly domain: string }
  /** It is written in the name of a domain that is served here, and nobody vouches for it. */
  | { readonly kind: 'forged'; readonly domain: string }
  /** What cannot be checked now comes back later. Null: our own words. */
  | { readonly kind: 'defer'; readonly reply: Reply | null }
  /** A filter outside has refused it, in its own words: our reference follows them. */
  | { readonly kind: 'refused'; readonly reply: Reply }

/** What the allow and deny lists say for one recipient: deliverability §5.10. */
export type ListDecision =
  | { readonly kind: 'none' }
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny'; readonly action: 'reject' | 'junk' | 'discard' }

/** One recipient, with what holds for this one alone. */
export interface RecipientCase {
  readonly recipient: string
  readonly list: ListDecision
  /** Such as what the account's own Bayes says. */
  readonly findings: readonly Finding[]
  readonly thresholds: Thresholds
}

/** A message to be judged. */
export interface Case {
  /** Of the connection, the envelope and the message. */
  readonly findings: readonly Finding[]
  readonly hard: readonly HardVerdict[]
  readonly recipients: readonly RecipientCase[]
  /** All rules; a finding of no rule weighs nothing. */
  readonly rules: FilterRules
  /** Scores that an operator has set, by rule. */
  readonly overrides: ReadonlyMap<string, number>
  /** Names the message in replies and in the log, so that both sides can speak of it. */
  readonly reference: string
}

/** A finding with what it weighed. */
export interface Reason extends Finding {
  readonly score: number
}

/** What decided. */
export type Because = 'malware' | 'attachment' | 'dmarc' | 'list' | 'scanner' | 'score'

/** What becomes of a message for one recipient. */
export interface Verdict {
  readonly recipient: string
  /** From mild to strict: see `STRICTNESS`. `discard` is taken and thrown away, and told in the trace. */
  readonly kind: 'accept' | 'junk' | 'discard' | 'defer' | 'reject'
  readonly because: Because
  readonly score: number
  /** Accepted, but shown as suspicious. */
  readonly isTagged: boolean
  /** The gravest first; each rule once. */
  readonly reasons: readonly Reason[]
  /** For what is deferred or rejected; null else. */
  readonly reply: Reply | null
}

/** How strict each kind is. */
export const STRICTNESS: Readonly<Record<Verdict['kind'], number>> = { accept: 0, junk: 1, discard: 2, defer: 3, reject: 4 }

/**
 * Turns what all checks found into one verdict for each recipient. Pure: the same case gives the same verdict, so that it can be explained later.
 *
 * Order (§5.10): malware and attachments; a deny; an allow, which passes over DMARC and score; DMARC and score, the stricter of them.
 */
export function judge(message: Case): readonly Verdict[] {
  return message.recipients.map((each) => judgeFor(each, message))
}

/**
 * The same verdicts for a peer that hears one reply for all recipients, as in SMTP: whoever would reject gets the message in Junk when somebody else
 * takes it, because a bounce later would go to a forged sender. When one defers all do.
 */
export function forOneReply(verdicts: readonly Verdict[]): readonly Verdict[] {
  if (verdicts.every(({ kind }) => kind === 'reject')) return verdicts
  const deferred = verdicts.find(({ kind }) => kind === 'defer')
  if (deferred !== undefined) return verdicts.map((each) => ({ ...each, kind: 'defer', reply: deferred.reply }))
  return verdicts.map((each) => (each.kind === 'reject' ? { ...each, kind: 'junk', reply: null } : each))
}

/** What each rule weighed, the gravest first. A rule counts once, however often it was found. */
export function reasonsOf(findings: readonly Finding[], rules: FilterRules, overrides: ReadonlyMap<string, number>): readonly Reason[] {
  const reasons = new Map<string, Reason>()
  for (const { rule, evidence } of findings) {
    if (!reasons.has(rule)) reasons.set(rule, { rule, evidence, score: scoreOf(rule, rules, overrides) })
  }
  return [...reasons.values()].sort((a, b) => b.score - a.score || (a.rule < b.rule ? -1 : 1))
}

/** The sum of what rules weighed, to the hundredth, so that 0.1 ten times is 1. */
export function sumOf(reasons: readonly Reason[]): number {
  const hundredths = reasons.reduce((sum, { score }) => sum + Math.round(score * 100), 0)
  return hundredths / 100
}

/** What findings weigh together: the sum of their reasons, without putting these in order. */
export function weightOf(findings: readonly Finding[], rules: FilterRules, overrides: ReadonlyMap<string, number>): number {
  const seen = new Set<string>()
  let hundredths = 0
  for (const { rule } of findings) {
    if (seen.has(rule)) continue
    seen.add(rule)
    hundredths += Math.round(scoreOf(rule, rules, overrides) * 100)
  }
  return hundredths / 100
}

function scoreOf(rule: string, rules: FilterRules, overrides: ReadonlyMap<string, number>): number {
  const score = overrides.get(rule) ?? scoresOf(rules).get(rule) ?? 0
  return Math.max(-MAX_SCORE, Math.min(MAX_SCORE, score))
}

/** The scores of a table, by rule: each finding of each message asks for one. */
function scoresOf(rules: FilterRules): ReadonlyMap<string, number> {
  const known = SCORES.get(rules)
  if (known !== undefined) return known
  const scores = new Map(Object.entries(rules).map(([rule, { score }]) => [rule, score]))
  SCORES.set(rules, scores)
  return scores
}

const SCORES = new WeakMap<FilterRules, ReadonlyMap<string, number>>()

function judgeFor(each: RecipientCase, message: Case): Verdict {
  const reasons = reasonsOf([...message.findings, ...each.findings], message.rules, message.overrides)
  const score = sumOf(reasons)
  const { kind, because, refusal } = outcomeOf(each, message, score)
  const isTagged = kind === 'accept' && because !== 'list' && score >= each.thresholds.tag
  return { recipient: each.recipient, kind, because, score, isTagged, reasons, reply: replyFor(kind, because, refusal, reasons, message) }
}

interface Outcome {
  readonly kind: Verdict['kind']
  readonly because: Because
  /** The reply when something has its own; null else. */
  readonly refusal: Reply | null
}

/** The strictest of all that applies. */
function outcomeOf(each: RecipientCase, message: Case, score: number): Outcome {
  const { list } = each
  const all = message.hard.filter((hard) => list.kind !== 'allow' || isNeverLifted(hard)).map((hard) => outcomeOfHard(hard, message))
  if (list.kind === 'deny') all.push({ kind: list.action, because: 'list', refusal: null })
  if (list.kind !== 'allow') all.push({ kind: kindByScore(score, each.thresholds), because: 'score', refusal: null })
  const first: Outcome = { kind: 'accept', because: list.kind === 'allow' ? 'list' : 'score', refusal: null }
  return all.reduce((strictest, outcome) => (STRICTNESS[outcome.kind] > STRICTNESS[strictest.kind] ? outcome : strictest), first)
}

function isNeverLifted({ kind }: HardVerdict): boolean {
  return kind === 'malware' || kind === 'attachment' || kind === 'defer'
}

function kindByScore(score: number, { reject, junk }: Thresholds): 'accept' | 'junk' | 'reject' {
  if (score >= reject) return 'reject'
  return score >= junk ? 'junk' : 'accept'
}

function outcomeOfHard(hard: HardVerdict, { reference }: Case): Outcome {
  switch (hard.kind) {
    case 'malware':
      return { kind: 'reject', because: 'malware', refusal: reply(554, '5.7.1', `Refused: it carries malware, ${printable(hard.name)}. Reference ${reference}`) }
    case 'attachment': {
      // What is kept apart goes to Junk, where nothing is opened by itself.
      if (hard.attachment.kind === 'quarantine') return { kind: 'junk', because: 'attachment', refusal: null }
      return { kind: 'reject', because: 'attachment', refusal: reply(552, '5.7.0', `${printable(hard.attachment.reason)}. Put it on the web and send a link. Reference ${reference}`) }
    }
    case 'dmarc':
      if (hard.what === 'junk') return { kind: 'junk', because: 'dmarc', refusal: null }
      // RFC 7372 has this code for several authentication checks that failed together.
      return { kind: 'reject', because: 'dmarc', refusal: reply(550, '5.7.26', `Refused as ${printable(hard.domain)} asks for mail that it has not signed or sent. Reference ${reference}`) }
    case 'forged':
      return { kind: 'reject', because: 'dmarc', refusal: reply(550, '5.7.26', `Refused: ${printable(hard.domain)} is served here. Who writes in its name logs in, or is allowed by its SPF or DKIM. Reference ${reference}`) }
    case 'defer':
      return { kind: 'defer', because: 'scanner', refusal: referring(hard.reply ?? reply(451, '4.3.2', 'Mail cannot be checked right now: try again later'), reference) }
    case 'refused':
      return { kind: 'reject', because: 'scanner', refusal: referring(hard.reply, reference) }
  }
}

function replyFor(kind: Verdict['kind'], because: Because, refusal: Reply | null, reasons: readonly Reason[], { rules, reference }: Case): Reply | null {
  if (kind !== 'reject' && kind !== 'defer') return null
  if (refusal !== null) return refusal
  if (because === 'list') return reply(550, '5.7.1', `The recipient does not take mail from this sender. Reference ${reference}`)
  const gravest = reasons.filter(({ score }) => score > 0).slice(0, MAX_REASONS_IN_REPLY)
  const told = gravest.map(({ rule }) => (Object.hasOwn(rules, rule) ? (rules[rule]?.about.en ?? '') : '')).filter((text) => text !== '')
  return reply(550, '5.7.1', ['Refused: it looks like spam.', ...told.map(printable), `Reference ${reference}`].join(' '))
}

/** What others said, with the name by which we know the message. */
function referring({ code, status, text }: Reply, reference: string): Reply {
  return reply(code, status, `${text}${/[.!?]$/.test(text) ? '' : '.'} Reference ${reference}`)
}

/** For replies, which are ASCII. */
function printable(text: string): string {
  return text.replaceAll('’', "'").replace(/[^ -~]+/g, '?')
}
