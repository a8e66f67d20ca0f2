import type { OrganizationId } from '../../base/brand.ts'
import type { Texts } from '../pool/text.ts'

/** How soon somebody should look: within a day, within the hour, now. */
export type Severity = 'warning' | 'high' | 'critical'

/** What alerts tell of. Stable: others store them. */
export type RuleId =
  | 'queue.old'
  | 'ip.blocklisted'
  | 'source.failed'
  | 'certificate.ending'
  | 'disk.full'
  | 'stream.restricted'
  | 'deferrals.high'
  | 'deliveries.dropped'
  | 'volume.high'
  | 'webhook.failing'
  | 'webhook.disabled'
  | 'account.contained'
  | 'domain.failed'
  | 'mailbox.full'
  | 'scanner.down'
  | 'scanner.stale'
  | 'dnslist.failing'
  | 'resolver.failing'
  | 'clock.skewed'
  | 'database.slow'
  | 'replica.behind'
  | 'reader.behind'
  | 'warmup.held'
  | 'lane.blocked'
  | 'egress.lost'
  | 'logins.refused'
  | 'spool.waiting'
  | 'reports.silent'
  | 'tls.failing'
  | 'suppressions.growing'
  | 'mail.accused'

/** Something that is wrong now. */
export interface Firing {
  /** Who is told: whose matter it is; of what concerns the whole installation, the organization that runs it. */
  readonly organization: OrganizationId
  readonly rule: RuleId
  /** What it is about: with the rule it tells alerts of an organization apart. */
  readonly subject: string
  readonly severity: Severity
  readonly text: Texts
}

/** Says what is wrong of somebody's, in both languages. */
export function firing(organization: OrganizationId): (rule: RuleId, subject: string, severity: Severity, en: string, id: string) => readonly Firing[] {
  return (rule, subject, severity, en, id) => [{ organization, rule, subject, severity, text: { en, id } }]
}

/** An alert, raised or resolved. */
export interface Alert extends Firing {
  readonly raisedMs: number
  /** Null while it is so. */
  readonly resolvedMs: number | null
}

/** What is to be done about an alert. `raise` and `resolve` are told, `reopen` is not: it was told of within the hour. */
export type Change =
  | { readonly do: 'raise' | 'reopen'; readonly alert: Alert }
  | { readonly do: 'resolve'; readonly alert: Alert & { readonly resolvedMs: number } }

const RANK: Readonly<Record<Severity, number>> = { warning: 0, high: 1, critical: 2 }

/** What comes back within this time is the same trouble: nobody is told of it again. deliverability §6.6. */
const SAME_MS = 3_600_000

/** What becomes of the alerts that are known, given all that is wrong now. Pure. One that got worse is told of again, one that got better is not. */
export function reconcile(known: readonly Alert[], firing: readonly Firing[], nowMs: number): readonly Change[] {
  const before = new Map(known.map((alert) => [keyOf(alert), alert]))
  const now = new Map(firing.map((each) => [keyOf(each), each]))
  const raised = [...now].flatMap(([key, each]) => raisedOf(before.get(key) ?? null, each, nowMs))
  const over = known.filter((alert) => alert.resolvedMs === null && !now.has(keyOf(alert))).map((alert) => ({ do: 'resolve', alert: { ...alert, resolvedMs: nowMs } }) as const)
  return [...raised, ...over]
}

function raisedOf(before: Alert | null, firing: Firing, nowMs: number): readonly Change[] {
  const begun: Alert = { ...firing, raisedMs: nowMs, resolvedMs: null }
  if (before === null) return [{ do: 'raise', alert: begun }]
  const isWorse = RANK[firing.severity] > RANK[before.severity]
  if (before.resolvedMs === null) return isWorse ? [{ do: 'raise', alert: { ...begun, raisedMs: before.raisedMs } }] : []
  const isSame = nowMs - before.resolvedMs < SAME_MS && !isWorse
  return [isSame ? { do: 'reopen', alert: { ...begun, raisedMs: before.raisedMs } } : { do: 'raise', alert: begun }]
}

function keyOf({ organization, rule, subject }: Firing): string {
  return `${organization} ${rule} ${subject}`
}
