import type { ListReading } from './answer.ts'
import { DISABLED_FOR_MS, SELF_TEST_EVERY_MS, SILENT_AFTER, SILENT_FOR_MS } from './limits.ts'

/** Why a list is not asked. `untested`: since the program started. */
export type ListTrouble = 'untested' | 'lists-everything' | 'lists-nothing' | 'error-answer' | 'silent'

/** How a list does, as one worker knows it. */
export interface ListHealth {
  readonly trouble: ListTrouble | null
  /** What it answered, for the log; '' for none. */
  readonly detail: string
  /** It is not asked before this, unless a test clears it. */
  readonly untilMs: number
  /** When it is to be tested next. */
  readonly testAtMs: number
  /** When it was tested last. */
  readonly testedMs: number
  /** Questions in a row that it did not answer. */
  readonly unanswered: number
}

/** Of a list that has never been asked. */
export const UNTESTED: ListHealth = { trouble: 'untested', detail: '', untilMs: Number.MAX_SAFE_INTEGER, testAtMs: 0, testedMs: 0, unanswered: 0 }

/** Whether a list may be asked now. */
export function mayAsk(health: ListHealth, nowMs: number): boolean {
  return health.trouble === null || nowMs >= health.untilMs
}

/** How it does after a question. */
export function afterQuestion(health: ListHealth, reading: ListReading, nowMs: number): ListHealth {
  switch (reading.kind) {
    case 'error':
      return { ...health, trouble: 'error-answer', detail: reading.answer, untilMs: nowMs + DISABLED_FOR_MS, unanswered: 0 }
    case 'silent': {
      const unanswered = health.unanswered + 1
      if (unanswered < SILENT_AFTER) return { ...health, unanswered }
      return { ...health, trouble: 'silent', detail: reading.detail, untilMs: nowMs + SILENT_FOR_MS, unanswered: 0 }
    }
    case 'listed':
    case 'unlisted':
      // A question that was under way when another one found it unwell.
      if (health.trouble !== null && nowMs < health.untilMs) return health
      return health.trouble === null && health.unanswered === 0 ? health : { ...health, trouble: null, detail: '', untilMs: 0, unanswered: 0 }
  }
}

/**
 * How it does after its test: what must be listed, and what must not be. RFC 5782 §5. A list that lists both or neither is none. One that is silent
 * stays as it was, and one that was never tested is not asked.
 */
export function afterTest(health: ListHealth, listed: ListReading, unlisted: ListReading, nowMs: number): ListHealth {
  const testAtMs = nowMs + SELF_TEST_EVERY_MS
  const off = (trouble: ListTrouble, detail: string): ListHealth => ({ trouble, detail, untilMs: nowMs + DISABLED_FOR_MS, testAtMs, testedMs: nowMs, unanswered: 0 })
  for (const reading of [listed, unlisted]) if (reading.kind === 'error') return off('error-answer', reading.answer)
  if (unlisted.kind === 'listed') return off('lists-everything', '')
  if (listed.kind === 'unlisted') return off('lists-nothing', '')
  if (listed.kind === 'silent' || unlisted.kind === 'silent') return { ...health, testAtMs: nowMs + SILENT_FOR_MS, testedMs: nowMs }
  return { trouble: null, detail: '', untilMs: 0, testAtMs, testedMs: nowMs, unanswered: 0 }
}
