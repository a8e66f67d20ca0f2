import { BLOCKS } from './category.ts'
import type { Category } from './category.ts'
import { MAX_HINT_MS, MAX_REPLY_CHARS } from './limits.ts'
import type { Rule } from './rule.ts'

/** What a rule says of the one message whose reply hit it. */
export interface Verdict {
  /** The message goes on waiting, even after a 5xx: the peer spoke of us, not of the recipient. Until it expires. */
  readonly keep: boolean
  /** Not before this time has passed; null for the usual wait. */
  readonly retryAfterMs: number | null
  /** The next attempt has to come from the same address. */
  readonly sameSource: boolean
  /** What the reply means, where its code says something else; null for what the bounce rules find. */
  readonly category: Category | null
  /** The recipient must not be suppressed for this reply. */
  readonly sparesRecipient: boolean
  /** Another pool, for faults of the network. */
  readonly pool: string | null
}

/** What a rule that was hit means for the message itself. `text` is the reply: it may say when to come back. */
export function verdictOf(rule: Rule, text: string): Verdict {
  const actions = rule.steps.flatMap((step) => step.actions)
  const retry = actions.find((action) => action.do === 'retry-after') ?? null
  const category = actions.find((action) => action.do === 'reclass')?.category ?? null
  const isOfRecipient = category !== null && !BLOCKS.includes(category)
  // A stream that is paused for what it says: its refused messages were refused. A tenant or a source that is stopped can be well again.
  const isStopped = actions.some((action) => action.do === 'suspend' || (action.do === 'pause' && rule.scope === 'tenant-site'))
  return {
    keep: !isOfRecipient && (isStopped || category !== null || actions.some((action) => action.do === 'temporary')),
    retryAfterMs: retry === null ? null : Math.max(retry.afterMs, hintedWaitMs(text)),
    sameSource: retry?.sameSource ?? false,
    category,
    sparesRecipient: !isOfRecipient,
    pool: actions.find((action) => action.do === 'reroute')?.pool ?? null,
  }
}

/** The wait that a reply asks for, as greylists do ("see you in 300 seconds", "00:05:00"); 0 when it names none. */
export function hintedWaitMs(text: string): number {
  const found = HINT.exec(text.slice(0, MAX_REPLY_CHARS))
  if (found === null) return 0
  const [, hours, minutes, seconds, count, unit = ''] = found
  const ms = hours === undefined
    ? Number(count) * (UNIT_MS[unit.toLowerCase().charAt(0)] ?? 0)
    : (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  return Math.min(ms, MAX_HINT_MS)
}

const HINT = /\b(?:(\d\d):(\d\d):(\d\d)|(\d{1,5}) ?(s|secs?|seconds?|detik|m|mins?|minutes?|menit|h|hours?|jam))\b/i

/** By first letter: seconds and `detik`, minutes and `menit`, hours and `jam`. */
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, d: 1000, m: 60_000, h: 3_600_000, j: 3_600_000 }
