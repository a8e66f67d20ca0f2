import type { OrganizationId } from '../../base/brand.ts'
import { DAY_MS, dayNumber, MINUTE_MS } from '../../base/duration.ts'
import { idTimeMs } from '../../base/ids.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { refusedSince } from '../access/sql-refused.ts'
import { accusationsSince } from '../bounce/sql-returned.ts'
import type { Entry } from '../pool/entry.ts'
import type { KeptSource } from '../pool/sql-source.ts'
import { shapings } from '../pool/sql-stop.ts'
import { RULES } from '../pool/table/rules.ts'
import { startOf } from '../stats/tally.ts'
import { MAX_ALERTS } from './limits.ts'
import { type ReputationFacts, SILENCE } from './rules-reputation.ts'

// By lane and id, as in the index of what waits.
const SPOOLS = statement<Record<never, never>, { organization: OrganizationId; name: string; spool_ms: number; count: number | string; oldest: string }>(
  `SELECT r.organization, r.name, r.spool_ms, COUNT(*) AS count, MIN(d.id) AS oldest FROM relay_domain r JOIN delivery d ON d.state = 'queued' AND d.lane = r.name
  GROUP BY r.organization, r.name, r.spool_ms ORDER BY COUNT(*) DESC LIMIT ${MAX_ALERTS}`,
)
const SILENT = statement<{ sinceMs: number; beforeMs: number }, { organization: OrganizationId; kind: 'dmarc' | 'tls'; domain: string; last_ms: number }>(
  `SELECT r.organization, r.kind, r.domain, MAX(r.received_ms) AS last_ms FROM report_received r JOIN domain d ON d.name = r.domain AND d.organization = r.organization AND d.state = 'active'
  WHERE r.received_ms > $sinceMs GROUP BY r.organization, r.kind, r.domain
  HAVING MAX(r.received_ms) < $beforeMs AND COUNT(DISTINCT r.received_ms / ${DAY_MS}) >= ${SILENCE.days} ORDER BY r.organization, r.kind, r.domain LIMIT ${MAX_ALERTS}`,
)
const TLS_REPORTS = statement<{ sinceMs: number }, { organization: OrganizationId; domain: string; passed: number | string; failed: number | string }>(
  `SELECT organization, domain, SUM(passed) AS passed, SUM(failed) AS failed FROM report_received WHERE kind = 'tls' AND end_ms > $sinceMs AND received_ms > $sinceMs
  GROUP BY organization, domain HAVING SUM(failed) > 0 ORDER BY organization, domain LIMIT ${MAX_ALERTS}`,
)
const COMPLAINTS = statement<{ organization: string; fromMs: number; toMs: number }, { at_ms: number; provider: string; complained: number | string; delivered: number | string }>(
  `SELECT at_ms, provider, SUM(n_complained_heard) AS complained, SUM(n_delivered_heard) AS delivered FROM stats_count
  WHERE organization = $organization AND facet = 'brief' AND step = 'day' AND at_ms >= $fromMs AND at_ms < $toMs GROUP BY at_ms, provider HAVING SUM(n_delivered_heard) > 0 LIMIT 1000`,
)
const REACH = statement<{ organization: string; fromMs: number }, { provider: string; made: number | string; unreached: number | string }>(
  `SELECT provider, SUM(n_tries) AS made, SUM(CASE WHEN category = 'host-unreachable' THEN n_tries_deferred ELSE 0 END) AS unreached FROM stats_count
  WHERE organization = $organization AND facet = 'brief' AND step = 'hour' AND at_ms >= $fromMs AND provider NOT IN ('', 'local') GROUP BY provider HAVING SUM(n_tries) > 0 LIMIT ${MAX_ALERTS}`,
)

/** A burst of refused logins is one within this time. deliverability §6.6. */
const LOGINS_MS = 5 * MINUTE_MS
/** Such a complaint is a matter for so long: somebody has to look at the organization. deliverability §4.6. */
const ACCUSED_MS = 7 * DAY_MS
/** With fewer deliveries a day to providers that tell of complaints, none is no news. */
const HEARD_A_DAY = 1_000
/** Complaints come within some days: so many whole ones without any are a silence. */
const UNHEARD_DAYS = 3

/** What the database knows of how others see us. */
export async function reputationOf(db: Database, sources: Iterable<KeptSource>, nowMs: number): Promise<Omit<ReputationFacts, 'reach'>> {
  const spools = await db.all(SPOOLS, {})
  const silent = await db.all(SILENT, { sinceMs: nowMs - SILENCE.lookMs, beforeMs: nowMs - SILENCE.silentMs })
  const tls = await db.all(TLS_REPORTS, { sinceMs: nowMs - SILENCE.silentMs })
  return {
    warmups: [...sources].flatMap((source) => warmupsOf(source, nowMs)),
    blocks: blocksAmong((await shapings(db)).flatMap((shaping) => (shaping.by === 'rule' ? [shaping.entry] : [])), nowMs),
    spools: spools.map(({ organization, name, spool_ms: spoolMs, count, oldest }) => ({ organization, domain: name, count: Number(count), oldestMs: idTimeMs(oldest) ?? nowMs, spoolMs })),
    silences: silent.map(({ organization, kind, domain, last_ms: lastMs }) => ({ organization, kind, about: domain, lastMs })),
    tlsReports: tls.map(({ organization, domain, passed, failed }) => ({ organization, domain, passed: Number(passed), failed: Number(failed) })),
    accusations: await accusationsSince(db, nowMs - ACCUSED_MS),
    refusedLogins: await refusedSince(db, nowMs - LOGINS_MS),
  }
}

/** Groups whose last day went badly. A day on which too little was sent to advance is nobody's fault; a source that has sent nothing since yesterday has no news. */
function warmupsOf({ id, address, state, warming }: KeptSource, nowMs: number): ReputationFacts['warmups'] {
  if (state !== 'warming' || warming === null || dayNumber(nowMs) - warming.day > 1) return []
  return Object.entries(warming.verdicts ?? {}).flatMap(([group, { step, reasons, wasUnused }]) => {
    if (step === 'advance' || step === 'free' || wasUnused === true) return []
    return [{ source: id, address, group, step, reasons: { en: reasons.map(({ en }) => en).join(' '), id: reasons.map((each) => each.id).join(' ') } }]
  })
}

/** Rules in force with a step that asks for an alarm. */
function blocksAmong(entries: readonly Entry[], nowMs: number): ReputationFacts['blocks'] {
  return entries.flatMap(({ rule: id, key, active }) => {
    const rule = RULES.byId.get(id)
    if (rule === undefined || active === null || (active.untilMs !== null && active.untilMs <= nowMs)) return []
    const isAlarming = rule.steps.slice(0, active.step + 1).some(({ actions }) => actions.some((action) => action.do === 'alert' && action.level === 'high'))
    return isAlarming ? [{ rule: id, key, note: rule.note }] : []
  })
}

/** Tries of this hour of an organization: at which providers, and how many of them reached nobody. */
export async function reachOf(stats: Database, organization: OrganizationId, nowMs: number): Promise<readonly { readonly provider: string; readonly made: number; readonly unreached: number }[]> {
  const rows = await stats.all(REACH, { organization, fromMs: startOf('hour', nowMs) })
  return rows.map(({ provider, made, unreached }) => ({ provider, made: Number(made), unreached: Number(unreached) }))
}

/** Providers that told of complaints regularly and do not any more, though as much arrives as did. */
export async function unheardOf(stats: Database, organization: OrganizationId, nowMs: number): Promise<ReputationFacts['silences']> {
  const today = startOf('day', nowMs)
  const rows = await stats.all(COMPLAINTS, { organization, fromMs: today - SILENCE.lookMs, toMs: today })
  const silentFromMs = today - UNHEARD_DAYS * DAY_MS
  return [...Map.groupBy(rows, ({ provider }) => provider)].flatMap(([provider, days]) => {
    const heard = days.filter(({ complained }) => Number(complained) > 0).map((day) => Number(day.at_ms))
    const lastMs = Math.max(...heard)
    const since = days.filter((day) => Number(day.at_ms) >= silentFromMs && Number(day.delivered) >= HEARD_A_DAY)
    return heard.length >= SILENCE.days && lastMs < silentFromMs && since.length >= UNHEARD_DAYS ? [{ organization, kind: 'complaints' as const, about: provider, lastMs }] : []
  })
}
