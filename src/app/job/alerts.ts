import { evaluate } from '../../core/alert/rules.ts'
import { applyAlerts } from '../../core/alert/sql.ts'
import { factsOf } from '../../core/alert/sql-facts.ts'
import { ownerNotices, OWNER_NOTICE_READER } from '../../core/alert/notices.ts'
import { catchUp } from '../../core/event/follow.ts'
import { advanceReader } from '../../core/event/sql.ts'
import { deliver } from '../../core/local/sql.ts'
import { ownersOf } from '../../core/standing/sql.ts'
import { type JobOptions, receiveOf } from './options.ts'

/** Looks at everything that alerts are about, raises what is wrong and resolves what is not any more. */
export async function watchAlerts({ db, stats, clock, log, metrics, lookout }: JobOptions, signal: AbortSignal): Promise<void> {
  const surroundings = await lookout.look(signal)
  if (signal.aborted) return
  const nowMs = clock.nowMs()
  const facts = await factsOf(db, stats, surroundings, nowMs)
  if (facts === null) return
  const firing = evaluate(facts, nowMs)
  const open = metrics.gauge('merpati_alerts', 'Alerts that are open now.', ['severity'], 'max')
  for (const severity of ['warning', 'high', 'critical'] as const) open.set({ severity }, firing.filter((each) => each.severity === severity).length)
  const changes = await lookout.timed(() => db.write(applyAlerts, { firing, nowMs }))
  for (const { do: what, alert } of changes) log[what === 'raise' ? 'warn' : 'info'](`alert.${what}`, { rule: alert.rule, subject: alert.subject, severity: alert.severity })
}

/** Writes to those who administer an organization when something of theirs is wrong, or not any more. */
export async function tellOwners(options: JobOptions, signal: AbortSignal): Promise<void> {
  const { db, events, clock, log } = options
  const reader = ownerNotices({
    receive: receiveOf(options),
    deliver: (args, id) => db.write(deliver, args, id),
    clock,
    log,
    owners: (organization) => ownersOf(db, organization),
    advance: (position) => db.write(advanceReader, { reader: OWNER_NOTICE_READER, position }),
  })
  await catchUp(events, reader, signal)
}
