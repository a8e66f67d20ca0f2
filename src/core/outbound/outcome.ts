import type { Cause, Fate, LostHow } from '../../proto/smtp/client/fate.ts'
import type { Reply } from '../../proto/smtp/reply.ts'
import type { LastAnswer, LeasedDelivery, Outcome } from '../queue/delivery.ts'
import { patienceOf, waitMs } from '../queue/patience.ts'
import type { Result, Unreached } from './attempt.ts'
import { AMBIGUOUS_WAIT_MS, LOOP_CONFIRM_MS, MAX_ANSWER_CHARS, NXDOMAIN_CONFIRM_MS, UNWELCOME_MS } from './limits.ts'
import { OBSTACLES } from './obstacles.ts'
import type { Plan } from './plan.ts'

/** What an outcome depends on beside the answer. */
export interface When {
  readonly nowMs: number
  /** From [0, 1). */
  readonly chance: number
}

/** What follows for a delivery from what servers said. deliverability §2.5. */
export function outcomeOf(delivery: LeasedDelivery, result: Result, when: When): Outcome {
  return result.kind === 'fate' ? ofFate(delivery, result.fate, result.host, when) : ofUnreached(delivery, result.why, when)
}

/** What follows when there was nobody to ask. */
export function outcomeOfPlan(delivery: LeasedDelivery, plan: Exclude<Plan, { kind: 'hops' }>, when: When): Outcome {
  const said = made(plan.status, plan.text, null, when)
  if (plan.kind === 'temporary') return later(delivery, said, when)
  const answer = plan.missing === undefined ? said : { ...said, missing: plan.missing }
  return plan.confirm ? confirmed(delivery, answer, plan.status === '5.4.6' ? LOOP_CONFIRM_MS : NXDOMAIN_CONFIRM_MS, when) : { kind: 'failed', answer }
}

function ofFate(delivery: LeasedDelivery, fate: Fate, host: string, when: When): Outcome {
  switch (fate.kind) {
    case 'delivered':
      return { kind: 'delivered', answer: ofReply(fate.reply, '2.0.0', host, when) }
    case 'permanent':
      return { kind: 'failed', answer: ofCause(fate.cause, '5.0.0', host, when) }
    case 'unknown': {
      const answer = made('4.4.2', `${LOST[fate.how]} after the end of the message: it may have arrived`, host, when)
      const { dueMs } = later(delivery, answer, when)
      return { kind: 'deferred', answer, counted: true, possibleDuplicate: true, dueMs: Math.max(dueMs, when.nowMs + AMBIGUOUS_WAIT_MS) }
    }
    case 'temporary': {
      const answer = ofCause(fate.cause, '4.0.0', host, when)
      // RFC 9422, RFC 5321 §4.5.3.1.10: the others of this message have gone; this one goes at once, in a transaction of its own.
      if (isTooMany(fate.cause)) return { kind: 'deferred', answer, counted: false, possibleDuplicate: false, dueMs: when.nowMs }
      return later(delivery, answer, when)
    }
  }
}

function isTooMany(cause: Cause): boolean {
  if (cause.by === 'us') return cause.obstacle === 'too-many-recipients'
  return cause.by === 'reply' && cause.reply.status === '4.5.3'
}

function ofUnreached(delivery: LeasedDelivery, why: Unreached, when: When): Outcome {
  const answer = made(why.status, why.text, why.host, when)
  if (why.lasting) return { kind: 'failed', answer }
  if (why.unwelcome) return confirmed(delivery, answer, UNWELCOME_MS, when)
  return later(delivery, answer, when)
}

/** A refusal that counts once it has lasted for `afterMs`. Until then it is a delay. */
function confirmed(delivery: LeasedDelivery, answer: LastAnswer, afterMs: number, when: When): Outcome {
  const { last } = delivery
  const sinceMs = last?.sinceMs !== undefined && last.status === answer.status ? last.sinceMs : when.nowMs
  if (when.nowMs - sinceMs >= afterMs) return { kind: 'failed', answer }
  const waiting = later(delivery, { ...answer, sinceMs }, when)
  return { ...waiting, dueMs: Math.min(Math.max(waiting.dueMs, when.nowMs), sinceMs + afterMs) }
}

function later(delivery: LeasedDelivery, answer: LastAnswer, { nowMs, chance }: When): Extract<Outcome, { kind: 'deferred' }> {
  const wait = waitMs(patienceOf(delivery), delivery.attempts + 1, chance)
  return { kind: 'deferred', answer, counted: true, possibleDuplicate: false, dueMs: nowMs + wait }
}

function ofCause(cause: Cause, status: string, host: string, when: When): LastAnswer {
  switch (cause.by) {
    case 'reply':
      return ofReply(cause.reply, status, host, when)
    case 'loss':
      return made('4.4.2', LOST[cause.how], host, when)
    case 'us':
      return made(...OBSTACLES[cause.obstacle], host, when)
  }
}

/** A server's words. A status that contradicts its code is not believed. RFC 3463 §2. */
function ofReply({ code, status, text }: Reply, usual: string, host: string, when: When): LastAnswer {
  const believed = status?.[0] === String(code)[0] ? status : null
  return made(believed ?? `${String(code)[0]}${usual.slice(1)}`, `${code} ${status === null ? '' : `${status} `}${text}`, host, when)
}

function made(status: string | null, text: string, host: string | null, { nowMs }: When): LastAnswer {
  return { status: status ?? '4.0.0', text: text.slice(0, MAX_ANSWER_CHARS), host, atMs: nowMs }
}

const LOST: Readonly<Record<LostHow, string>> = {
  end: 'the server closed the connection',
  timeout: 'the server was silent for too long',
  'broken-reply': 'the server said what is no SMTP reply',
  aborted: 'this server is stopping',
}
