import type { LastAnswer } from './delivery.ts'
import { nextAlarmMs, patienceOf } from './patience.ts'
import type { Alarmed, Ringing } from './sql-alarm.ts'

/** What follows from an alarm at `nowMs`: the delivery is given up, or its sender hears that it is late. */
export function alarmed(delivery: Ringing, nowMs: number): Alarmed {
  const { last, createdMs, expiresMs } = delivery
  if (nowMs >= expiresMs) return { delivery, next: { kind: 'expired', answer: expired(last, nowMs), underlying: last?.category ?? null } }
  return { delivery, next: { kind: 'delayed', answer: last, alarmMs: nextAlarmMs(patienceOf(delivery), createdMs, expiresMs, nowMs) } }
}

/** RFC 3463: 4.4.7, with what was said last, because that is what its sender can do something about. deliverability §2.10. */
function expired(last: LastAnswer | null, nowMs: number): LastAnswer {
  const text = last === null ? 'its turn did not come in time' : `it could not be delivered in time; the last answer was: ${last.text}`
  return { status: '4.4.7', text, host: last?.host ?? null, atMs: nowMs, category: 'expired' }
}
