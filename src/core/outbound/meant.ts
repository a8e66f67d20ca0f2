import { classify } from '../bounce/classify.ts'
import type { Category } from '../pool/category.ts'
import type { Outcome } from '../queue/delivery.ts'

/** Categories that pass by themselves: the word of a rule counts more than a `5` before it. deliverability §4.2. */
const PASSING: ReadonlySet<Category> = new Set(['greylist', 'recipient-rate', 'throttled', 'too-many-recipients'])

/**
 * An outcome with the category of its refusal, where no rule of the lane has given one. A refusal that is for now whatever its code says
 * becomes a delay until `againMs`.
 */
export function meant(outcome: Outcome, provider: string | null, againMs: number): Outcome {
  if (outcome.kind === 'delivered' || outcome.kind === 'returned' || outcome.answer.category !== undefined) return outcome
  const { status, text } = outcome.answer
  const { category, lasting } = classify({ provider, code: null, status, text })
  const answer = { ...outcome.answer, category }
  if (outcome.kind === 'deferred' || lasting || !PASSING.has(category)) return { ...outcome, answer }
  return { kind: 'deferred', answer, dueMs: againMs, counted: true, possibleDuplicate: false }
}
