import { statfs } from 'node:fs/promises'
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
export async function watchAlerts({ db, stats, clock, log, metrics, dataDir }: JobOptions): Promise<void> {
  const nowMs = clock.nowMs()
  const facts = await factsOf(db, stats, await diskUsed(dataDir), nowMs)
  if (facts === null) return
  const firing = evaluate(facts, nowMs)
  const open = metrics.gauge('merpati_alerts', 'Alerts that are open now.', ['severity'], 'max')
  for (const severity of ['warning', 'high', 'critical'] as const) open.set({ severity }, firing.filter((each) => each.severity === severity).length)
  const changes = await db.write(applyAlerts, { firing, nowMs })
  for (const { do: what, alert } of changes) log[what === 'raise' ? 'warn' : 'info'](`alert.${what}`, { rule: alert.rule, subject: alert.subject, severity: alert.severity })
}

/** What is kept from everybody but the system counts as used: we cannot write there. */
async function diskUsed(folder: string): Promise<number> {
  const { blocks, bavail } = await statfs(folder)
  return blocks === 0 ? 0 : 1 - bavail / blocks
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
