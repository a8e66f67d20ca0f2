import { isoTime } from '../../base/iso-time.ts'
import type { Event } from '../event/event.ts'
import { type DecidedCopy, explain, type Explanation, toldIn } from './explain.ts'
import { nextSteps } from './next-steps.ts'
import type { Sentence } from './rule.ts'
import { SUMMARY } from './table/outcome-words.ts'
import { ALL_RULES } from './table/all.ts'
import type { InspectionTold } from './told.ts'

/** Everything that is told to whoever asks what became of a message. */
export interface ExplainedEvent extends Explanation {
  readonly message: string | null
  readonly at: string
  /** The envelope sender; '' for the null sender, null where it is not known. */
  readonly from: string | null
  readonly to: readonly string[]
  /** The address of whoever brought it; null where nobody did. */
  readonly client: string | null
  /** What the client called itself. */
  readonly helo: string | null
  /** What the client heard. */
  readonly reply: string | null
  /** What whoever receives can do, with commands to paste. */
  readonly next: readonly string[]
}

/** Explains the decision that an event tells of; null for one that tells of none. */
export function explainEvent({ message, atMs, data }: Pick<Event, 'message' | 'atMs' | 'data'>, locale: keyof Sentence): ExplainedEvent | null {
  const told = toldIn(data)
  if (told === null) return null
  const facts = data as Readonly<Record<string, unknown>>
  const recipients = recipientsIn(facts['recipients'])
  const explanation = explain({ ...told, copies: copiesOf(told, recipients) }, ALL_RULES, locale)
  const [from, client] = [textOf(facts['from']), textOf(facts['peer'])]
  const to = [...new Set([...recipients.map(({ address }) => address), ...(told.copies ?? []).map(({ address }) => address)])]
  const isOurs = textOf(facts['login']) !== null || facts['protocol'] === 'api'
  const isSent = isOurs && explanation.verdict === 'accept' && explanation.copies.length === 0
  const next = nextSteps(explanation, { message, from: from ?? '', client: isOurs ? null : client, recipients: to }, locale)
  return { message, at: isoTime(atMs), from, to, client, helo: textOf(facts['helo']), reply: textOf(facts['reply']), ...explanation, summary: isSent ? SUMMARY.sent[locale] : explanation.summary, next }
}

interface Recipient {
  readonly address: string
  /** What its mailbox did; not told of what was not taken. */
  readonly outcome?: unknown
}

function recipientsIn(recipients: unknown): readonly Recipient[] {
  if (!Array.isArray(recipients)) return []
  return recipients.filter((each: { readonly address?: unknown } | null): each is Recipient => typeof each?.address === 'string')
}

/** What the checks decided for each copy, unless its mailbox could not have it. */
function copiesOf({ verdict, score, copies = [] }: InspectionTold, recipients: readonly Recipient[]): readonly DecidedCopy[] {
  const decided = copies.length > 0 ? copies : recipients.map(({ address }) => ({ address, fate: verdict, score }))
  const failed = new Map(recipients.flatMap(({ address, outcome }) => (outcome === 'over-quota' || outcome === 'no-such-mailbox' ? [[address, outcome === 'over-quota' ? 'full' : 'gone'] as const] : [])))
  return failed.size === 0 ? copies : decided.map((copy) => ({ ...copy, fate: failed.get(copy.address) ?? copy.fate }))
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
