import type { OrganizationId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'
import { type LimitName, type NotAllowed, type Period, periodsAt, type Plan, reached, type Room } from './plan.ts'
import { standingIn } from './sql-plan.ts'

/** Rows removed in one write. */
const CHUNK = 200

/** How long counts are kept once their time is over: a year of months, for whoever writes bills. */
const KEPT_MS = 400 * 24 * 3_600_000

type Place = { organization: string; subject: string; period: string }

const ADD = statement<Place & { messages: number; recipients: number; endsMs: number }, { messages: number; recipients: number }>(
  `INSERT INTO usage_count (organization, subject, period, messages, recipients, refused, ends_ms)
  VALUES ($organization, $subject, $period, $messages, $recipients, 0, $endsMs)
  ON CONFLICT (organization, subject, period) DO UPDATE SET
    messages = usage_count.messages + excluded.messages, recipients = usage_count.recipients + excluded.recipients
  RETURNING messages, recipients`,
)
const TAKE_BACK = statement<Place & { messages: number; recipients: number }>(
  `UPDATE usage_count SET messages = messages - $messages, recipients = recipients - $recipients
  WHERE organization = $organization AND subject = $subject AND period = $period`,
)
const REFUSE = statement<Place, { refused: number }>(
  'UPDATE usage_count SET refused = refused + 1 WHERE organization = $organization AND subject = $subject AND period = $period RETURNING refused',
)
const CONFIRMED = statement<{ organization: string; address: string }, { address: string }>(
  'SELECT address FROM sandbox_recipient WHERE organization = $organization AND address = $address',
)
const FORGET = statement<{ beforeMs: number }>(
  `DELETE FROM usage_count WHERE (organization, subject, period) IN
    (SELECT organization, subject, period FROM usage_count WHERE ends_ms < $beforeMs ORDER BY ends_ms LIMIT ${CHUNK})`,
)

/** What is about to be taken from somebody who sends. */
export interface Taking {
  readonly organization: OrganizationId
  /** The key or the credential that sends, if it has caps. */
  readonly capped: { readonly of: 'key' | 'credential'; readonly id: string; readonly messagesPerHour: number | null; readonly messagesPerDay: number | null } | null
  readonly messages: number
  readonly recipients: number
  /** Recipients elsewhere, folded. */
  readonly outside: readonly string[]
}

/** One limit, with the period and the subject that it is counted by. */
interface Limit {
  readonly name: LimitName
  readonly subject: string
  readonly period: Period
  readonly counts: 'messages' | 'recipients'
  readonly allowed: number | null
}

/** What a taking came to. */
export type Taken = { readonly kind: 'taken'; readonly room: Room | null } | { readonly kind: 'refused'; readonly why: NotAllowed }

/**
 * Counts what is about to be taken, inside the write that takes it, or refuses it and counts nothing. Exact: on PostgreSQL the rows that are counted in stay locked until
 * that write has committed. An organization without a plan, and a key without caps, cost one look.
 */
export function* take(tx: Tx, taking: Taking, nowMs: number): Work<Taken> {
  const { organization, capped, outside } = taking
  const { isSuspended, plan } = yield* standingIn(tx, organization)
  if (isSuspended) return { kind: 'refused', why: { kind: 'suspended' } }
  if (plan !== null && plan.endsMs !== null && plan.endsMs <= nowMs) return { kind: 'refused', why: { kind: 'ended', plan: plan.name, endsMs: plan.endsMs } }
  if (plan?.sandboxed === true) {
    for (const recipient of outside) if ((yield* tx.one(CONFIRMED, { organization, address: recipient })) === null) return { kind: 'refused', why: { kind: 'sandboxed', recipient } }
  }
  const limits = [...(plan === null ? [] : limitsOf(plan, nowMs)), ...(capped === null ? [] : capsOf(capped, nowMs))]
  if (limits.length === 0) return { kind: 'taken', room: null }
  const counted = yield* countAll(tx, taking, limits)
  const over = limits.find((limit) => limit.allowed !== null && usedOf(limit, counted) > limit.allowed)
  if (over !== undefined) return yield* refuse(tx, taking, limits, over, nowMs)
  for (const limit of limits) yield* warn(tx, taking, limit, usedOf(limit, counted), nowMs)
  return { kind: 'taken', room: nearest(limits, counted) }
}

function limitsOf({ limits }: Plan, nowMs: number): readonly Limit[] {
  const { day, month } = periodsAt(nowMs)
  return [
    { name: 'messages_per_day', subject: '', period: day, counts: 'messages', allowed: limits.messagesPerDay },
    { name: 'recipients_per_day', subject: '', period: day, counts: 'recipients', allowed: limits.recipientsPerDay },
    { name: 'messages_per_month', subject: '', period: month, counts: 'messages', allowed: limits.messagesPerMonth },
  ]
}

function capsOf({ id, messagesPerHour, messagesPerDay }: NonNullable<Taking['capped']>, nowMs: number): readonly Limit[] {
  const { hour, day } = periodsAt(nowMs)
  const all: readonly Limit[] = [
    { name: 'messages_per_hour', subject: id, period: hour, counts: 'messages', allowed: messagesPerHour },
    { name: 'messages_per_day', subject: id, period: day, counts: 'messages', allowed: messagesPerDay },
  ]
  return all.filter(({ allowed }) => allowed !== null)
}

type Counted = ReadonlyMap<string, { readonly messages: number; readonly recipients: number }>

const placeOf = ({ subject, period }: Limit): string => `${subject} ${period.name}`

/** Each place once, always in the same order, so that two writes never wait for each other in a circle. */
function placesOf(limits: readonly Limit[]): readonly Limit[] {
  return [...new Map(limits.map((limit) => [placeOf(limit), limit])).values()]
}

function* countAll(tx: Tx, { organization, messages, recipients }: Taking, limits: readonly Limit[]): Work<Counted> {
  const counted = new Map<string, { readonly messages: number; readonly recipients: number }>()
  for (const limit of placesOf(limits)) {
    const row = yield* tx.one(ADD, { organization, subject: limit.subject, period: limit.period.name, messages, recipients, endsMs: limit.period.endsMs })
    if (row === null) throw new Error('a count that was added to is gone')
    counted.set(placeOf(limit), row)
  }
  return counted
}

function usedOf(limit: Limit, counted: Counted): number {
  return counted.get(placeOf(limit))?.[limit.counts] ?? 0
}

function* refuse(tx: Tx, { organization, capped, messages, recipients }: Taking, limits: readonly Limit[], over: Limit, nowMs: number): Work<Taken> {
  for (const { subject, period } of placesOf(limits)) yield* tx.run(TAKE_BACK, { organization, subject, period: period.name, messages, recipients })
  const refused = yield* tx.one(REFUSE, { organization, subject: over.subject, period: over.period.name })
  const allowed = over.allowed ?? 0
  // Once in a period is news, the rest are the same.
  if (over.subject === '' && refused?.refused === 1) yield* tell(tx, organization, 'organization.limit_exceeded', { limit: over.name, allowed, resetMs: over.period.endsMs }, nowMs)
  return { kind: 'refused', why: { kind: 'limit', limit: over.name, of: over.subject === '' ? 'organization' : (capped?.of ?? 'key'), allowed, resetMs: over.period.endsMs } }
}

function* warn(tx: Tx, { organization, messages, recipients }: Taking, limit: Limit, used: number, nowMs: number): Work<void> {
  if (limit.subject !== '' || limit.allowed === null) return
  const percent = reached(used - (limit.counts === 'messages' ? messages : recipients), used, limit.allowed)
  if (percent !== null) yield* tell(tx, organization, 'organization.limit_approaching', { limit: limit.name, percent, used, allowed: limit.allowed, resetMs: limit.period.endsMs }, nowMs)
}

function* tell(tx: Tx, organization: OrganizationId, type: 'organization.limit_approaching' | 'organization.limit_exceeded', data: unknown, nowMs: number): Work<void> {
  yield* appendEvent(tx, { atMs: nowMs, organization, account: null, message: null, delivery: null, type, version: 1, data })
}

function nearest(limits: readonly Limit[], counted: Counted): Room | null {
  const rooms = limits.flatMap((limit) => (limit.allowed === null || limit.counts !== 'messages' ? [] : [{ allowed: limit.allowed, left: limit.allowed - usedOf(limit, counted), resetMs: limit.period.endsMs }]))
  return rooms.toSorted((one, other) => one.left - other.left)[0] ?? null
}

/** Forgets counts of long ago. Returns how many rows went; call again until 0. */
export const purgeUsage = write('usage.purge', function* (tx, { nowMs }: { readonly nowMs: number }): Work<number> {
  return yield* tx.run(FORGET, { beforeMs: nowMs - KEPT_MS })
})
