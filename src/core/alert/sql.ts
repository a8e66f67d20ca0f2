import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'
import type { Texts } from '../pool/text.ts'
import { type Alert, type Change, type Firing, reconcile, type RuleId, type Severity } from './alert.ts'
import { KEPT_MS, MAX_ALERTS } from './limits.ts'

const COLUMNS = 'organization, rule, subject, severity, text, raised_ms, resolved_ms'

interface Row {
  readonly organization: OrganizationId
  readonly rule: RuleId
  readonly subject: string
  readonly severity: Severity
  readonly text: string
  readonly raised_ms: number
  readonly resolved_ms: number | null
}

// Those that are open, and those that were resolved so lately that they may come back unheard.
const KNOWN = statement<{ sinceMs: number }, Row>(`SELECT ${COLUMNS} FROM alert WHERE resolved_ms IS NULL OR resolved_ms > $sinceMs ORDER BY raised_ms DESC LIMIT ${2 * MAX_ALERTS}`)
const OF = statement<{ organization: string; sinceMs: number }, Row>(
  `SELECT ${COLUMNS} FROM alert WHERE organization = $organization AND (resolved_ms IS NULL OR resolved_ms > $sinceMs) ORDER BY raised_ms DESC, rule, subject LIMIT ${MAX_ALERTS}`,
)
const PUT = statement<{ organization: string; rule: string; subject: string; severity: string; text: string; raisedMs: number; resolvedMs: number | null }>(
  `INSERT INTO alert (${COLUMNS}) VALUES ($organization, $rule, $subject, $severity, $text, $raisedMs, $resolvedMs)
  ON CONFLICT (organization, rule, subject) DO UPDATE SET severity = excluded.severity, text = excluded.text, raised_ms = excluded.raised_ms, resolved_ms = excluded.resolved_ms`,
)
const FORGET = statement<{ beforeMs: number }>('DELETE FROM alert WHERE resolved_ms < $beforeMs')

/** Brings the alerts to what is wrong now, with an event for each that is raised or resolved. In one write, so nobody is told twice whoever looks at the same time. Returns what changed. */
export const applyAlerts = write('alert.apply', function* (tx, { firing, nowMs }: { readonly firing: readonly Firing[]; readonly nowMs: number }): Work<readonly Change[]> {
  const known = (yield* tx.all(KNOWN, { sinceMs: nowMs - 3_600_000 })).map(toAlert)
  const changes = reconcile(known, firing.slice(0, MAX_ALERTS), nowMs)
  for (const change of changes) yield* apply(tx, change, nowMs)
  yield* tx.run(FORGET, { beforeMs: nowMs - KEPT_MS })
  return changes
})

function* apply(tx: Tx, { do: what, alert }: Change, nowMs: number): Work<void> {
  const { organization, rule, subject, severity, text, raisedMs, resolvedMs } = alert
  yield* tx.run(PUT, { organization, rule, subject, severity, text: JSON.stringify(text), raisedMs, resolvedMs })
  if (what === 'reopen') return
  const type = what === 'raise' ? 'alert.raised' : 'alert.resolved'
  yield* appendEvent(tx, { atMs: nowMs, organization, account: null, message: null, delivery: null, type, version: 1, data: { rule, subject, severity, text: text.en, texts: text, raisedMs } })
}

/** Alerts of an organization, the newest first: those that are open, and those that were resolved after `sinceMs`. */
export async function alertsOf(db: Database, organization: OrganizationId, sinceMs: number): Promise<readonly Alert[]> {
  return (await db.all(OF, { organization, sinceMs })).map(toAlert)
}

function toAlert({ organization, rule, subject, severity, text, raised_ms: raisedMs, resolved_ms: resolvedMs }: Row): Alert {
  return { organization, rule, subject, severity, text: JSON.parse(text) as Texts, raisedMs, resolvedMs }
}
