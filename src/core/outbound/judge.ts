import type { Reply } from '../../proto/smtp/reply.ts'
import type { Stage as ClientStage } from '../../proto/smtp/client/fate.ts'
import type { Stage } from '../pool/rule.ts'
import type { Verdict } from '../pool/verdict.ts'
import type { Outcome } from '../queue/delivery.ts'
import type { Result } from './attempt.ts'

/** A server's refusal, and when it came; null for whatever else a result is. */
export function refusalIn(result: Result): { readonly stage: Stage; readonly reply: Reply } | null {
  if (result.kind === 'unreached') return result.why.reply === null ? null : { stage: 'greeting', reply: result.why.reply }
  const { fate } = result
  if (fate.kind !== 'temporary' && fate.kind !== 'permanent') return null
  return fate.cause.by === 'reply' ? { stage: STAGES[fate.stage], reply: fate.cause.reply } : null
}

const STAGES: Readonly<Record<ClientStage, Stage>> = {
  banner: 'greeting',
  hello: 'ehlo',
  starttls: 'starttls',
  auth: 'ehlo',
  reset: 'mail',
  mail: 'mail',
  rcpt: 'rcpt',
  data: 'data',
  content: 'data',
  final: 'final',
  quit: 'final',
}

/**
 * What follows for a delivery once rules have had their say. A refusal of us, not of the recipient, is a delay whatever its code; a greylist
 * says when to come back.
 */
export function judged(outcome: Outcome, verdict: Verdict | null, usualDueMs: number, nowMs: number): Outcome {
  if (verdict === null || (outcome.kind !== 'failed' && outcome.kind !== 'deferred')) return outcome
  const waitMs = verdict.retryAfterMs
  const answer = verdict.category === null ? outcome.answer : { ...outcome.answer, category: verdict.category }
  if (outcome.kind === 'deferred') return { ...outcome, answer, dueMs: waitMs === null ? outcome.dueMs : nowMs + waitMs }
  if (!verdict.keep) return { ...outcome, answer }
  return { kind: 'deferred', answer, dueMs: waitMs === null ? usualDueMs : nowMs + waitMs, counted: true, possibleDuplicate: false }
}
