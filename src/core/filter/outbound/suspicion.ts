import { type Finding, finding } from '../finding.ts'
import { sendingRules } from '../table/sending.ts'
import { CONTAIN_SCORE, WATCH_SCORE } from './limits.ts'

/** What an account did, as far as it tells whether its owner does it. */
export interface SendingFacts {
  /** In this hour and the one before. */
  readonly recentRecipients: number
  /** Of them, who was never written to before. */
  readonly recentStrangers: number
  readonly recentMessages: number
  /** In the last 24 hours. */
  readonly dayRecipients: number
  /** Of a day before that, in the mean of the days that it sent on; 0 for an account without habits. */
  readonly usualRecipients: number
  /** Failures of the last 24 hours that say that a recipient does not exist. */
  readonly dayBounces: number
  /** The most recipients that one text of the last 24 hours went to. */
  readonly oneTextRecipients: number
  /** Names in From in the last 24 hours. */
  readonly authors: number
  readonly malware: number
  /** Messages of the last 24 hours with a link that a DNS list has. */
  readonly listed: number
  /** Messages of two weeks, and those at this hour of the day before today. */
  readonly usualMessages: number
  readonly usualAtThisHour: number
  /** Whether a rule that forwards to others was made in the last 24 hours. */
  readonly forwardsSinceNow: boolean
}

/** How suspicious an account is, and why. */
export interface Suspicion {
  readonly score: number
  readonly reasons: readonly Finding[]
}

/** What follows. `contain`: each part of it is done by its own piece of the program. */
export type Decision =
  | { readonly kind: 'none' | 'watch' }
  | { readonly kind: 'contain'; readonly sending: 'suspended'; readonly receiving: 'goes-on'; readonly sessions: 'ended'; readonly queue: 'held'; readonly password: 'void' }

type Rule = keyof typeof sendingRules

/** The share of strangers among recipients, and of addresses that do not exist, that no owner has. deliverability §5.9. */
const MANY_STRANGERS = 0.8
const MANY_BOUNCES = 0.1
const SOME = 50

/** Adds up what speaks against an account. */
export function suspicion(facts: SendingFacts): Suspicion {
  const reasons: Finding[] = []
  const when = (isSo: boolean, rule: Rule, evidence: string): void => void (isSo && reasons.push(finding(rule, evidence)))
  const { recentRecipients, recentStrangers, dayRecipients, dayBounces, usualRecipients } = facts
  const toStrangers = recentStrangers > recentRecipients * MANY_STRANGERS
  when(toStrangers && recentRecipients > SOME && recentRecipients <= 3 * SOME, 'SENDS_TO_STRANGERS', `${recentStrangers} of ${recentRecipients}`)
  when(toStrangers && recentRecipients > 3 * SOME, 'SENDS_TO_MANY_STRANGERS', `${recentStrangers} of ${recentRecipients}`)
  when(dayRecipients >= SOME && dayBounces > dayRecipients * MANY_BOUNCES, 'SENDS_BOUNCE', `${dayBounces} of ${dayRecipients}`)
  when(facts.oneTextRecipients > 2 * SOME, 'SENDS_ONE_TEXT', `${facts.oneTextRecipients} recipients`)
  when(facts.authors > 5, 'SENDS_MANY_NAMES', `${facts.authors} names`)
  when(facts.usualMessages >= SOME && facts.usualAtThisHour === 0 && facts.recentMessages >= 10, 'SENDS_AT_NIGHT', `${facts.recentMessages} messages`)
  when(usualRecipients > 0 && dayRecipients >= SOME && dayRecipients > usualRecipients * 10, 'SENDS_SURGE', `${dayRecipients} recipients, usually ${Math.round(usualRecipients)}`)
  when(facts.malware > 0, 'SENDS_MALWARE', `${facts.malware} messages`)
  when(facts.listed > 0, 'SENDS_LISTED_LINK', `${facts.listed} messages`)
  when(facts.forwardsSinceNow && recentRecipients > 0, 'FORWARDS_SINCE_NOW', 'in the last day')
  return { score: reasons.reduce((sum, { rule }) => sum + sendingRules[rule as Rule].score, 0), reasons }
}

/** What still speaks against an account that may write to many: one text to strangers, in bursts, is what it is for. */
export function ofBulk(facts: SendingFacts): SendingFacts {
  return { ...facts, recentStrangers: 0, oneTextRecipients: 0, usualRecipients: 0, usualMessages: 0 }
}

/** What a score asks for. */
export function decide({ score }: Suspicion): Decision {
  if (score >= CONTAIN_SCORE) return { kind: 'contain', sending: 'suspended', receiving: 'goes-on', sessions: 'ended', queue: 'held', password: 'void' }
  return { kind: score >= WATCH_SCORE ? 'watch' : 'none' }
}
