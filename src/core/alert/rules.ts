import type { OrganizationId } from '../../base/brand.ts'
import { DAY_MS, MINUTE_MS } from '../../base/duration.ts'
import type { Standing } from '../standing/standing.ts'
import { standingName } from '../standing/standing.ts'
import { sayFinding } from '../standing/words.ts'
import type { Firing, RuleId, Severity } from './alert.ts'

/** Everything that rules look at, as it is now. */
export interface Facts {
  /** The organization that runs the installation: it hears of what concerns all. */
  readonly operator: OrganizationId
  readonly queue: readonly { readonly domain: string; readonly count: number; readonly oldestMs: number }[]
  /** Sources that carry mail, with the names of the checks that failed. */
  readonly sources: readonly { readonly id: string; readonly address: string; readonly failed: readonly string[] }[]
  readonly certificates: readonly { readonly name: string; readonly endsMs: number }[]
  /** The part of the disk that is used. */
  readonly diskUsed: number
  /** Those of which something is to be said. */
  readonly standings: readonly Standing[]
  /** Tries of this hour and the last. */
  readonly tries: readonly { readonly organization: OrganizationId; readonly provider: string; readonly made: number; readonly deferred: number }[]
  /** The last whole hour, and the median of the same hour of the seven days before. */
  readonly hours: readonly { readonly organization: OrganizationId; readonly delivered: number; readonly accepted: number; readonly usualDelivered: number; readonly usualAccepted: number }[]
  readonly endpoints: readonly { readonly organization: OrganizationId; readonly id: string; readonly failingSinceMs: number | null }[]
  readonly contained: readonly { readonly organization: OrganizationId; readonly login: string }[]
}

/** deliverability §6.6: where each rule begins. */
const QUEUE = { more: 100, warningMs: 30 * MINUTE_MS, highMs: 120 * MINUTE_MS }
const DEFERRALS = { least: 100, warning: 0.2, high: 0.5 }
const DISK = { warning: 0.85, critical: 0.95 }
const CERTIFICATE_DAYS = { warning: 14, high: 7, critical: 1 }
const WEBHOOK_MS = 60 * MINUTE_MS
const DROP = { least: 100, share: 0.5 }
const VOLUME = { least: 500, times: 5 }

/** All that is wrong, by every rule. Pure. */
export function evaluate(facts: Facts, nowMs: number): readonly Firing[] {
  return [...ofHouse(facts, nowMs), ...ofSending(facts), ...ofOrganizations(facts, nowMs)]
}

/** What concerns the whole installation. */
function ofHouse({ operator, queue, sources, certificates, diskUsed }: Facts, nowMs: number): readonly Firing[] {
  const fire = firing(operator)
  return [
    ...queue.flatMap(({ domain, count, oldestMs }) => {
      const ageMs = nowMs - oldestMs
      if (count <= QUEUE.more || ageMs <= QUEUE.warningMs) return []
      const minutes = Math.floor(ageMs / MINUTE_MS)
      return fire('queue.old', domain, ageMs > QUEUE.highMs ? 'high' : 'warning', `${count} deliveries to ${domain} wait, the oldest for ${minutes} minutes`, `${count} pengiriman ke ${domain} menunggu, yang tertua ${minutes} menit`)
    }),
    ...sources.flatMap(({ id, address, failed }) => {
      if (failed.includes('unlisted')) return fire('ip.blocklisted', id, 'critical', `${address} (source ${id}) is on a blocklist, and carries no mail until it is not`, `${address} (sumber ${id}) ada di daftar blokir, dan tidak dipakai sampai bersih`)
      return failed.length === 0 ? [] : fire('source.failed', id, 'high', `${address} (source ${id}) failed its checks: ${failed.join(', ')}`, `${address} (sumber ${id}) gagal diperiksa: ${failed.join(', ')}`)
    }),
    ...certificates.flatMap(({ name, endsMs }) => {
      const days = Math.floor((endsMs - nowMs) / DAY_MS)
      const severity = severityBelow(days, CERTIFICATE_DAYS)
      return severity === null ? [] : fire('certificate.ending', name, severity, `the certificate of ${name} ends in ${days} days`, `sertifikat ${name} berakhir dalam ${days} hari`)
    }),
    ...(diskUsed < DISK.warning ? [] : fire('disk.full', 'data', diskUsed >= DISK.critical ? 'critical' : 'warning', `the disk of the data is ${Math.floor(diskUsed * 100)} % full`, `disk data terisi ${Math.floor(diskUsed * 100)} %`)),
  ]
}

const LEVELS = { warned: 'warning', slowed: 'high', paused: 'critical' } as const

/** What becomes of an organization's mail. */
function ofSending({ standings, tries, hours }: Facts): readonly Firing[] {
  return [
    ...standings.flatMap(({ organization, level, finding, ...key }) => {
      if (level === 'good' || finding === null) return []
      const { en, id } = sayFinding(finding)
      return firing(organization)('stream.restricted', standingName(key), LEVELS[level], `${standingName(key)} is ${level}: ${en}`, `${standingName(key)} (${level}): ${id}`)
    }),
    ...tries.flatMap(({ organization, provider, made, deferred }) => {
      const share = deferred / Math.max(1, made)
      if (made < DEFERRALS.least || share < DEFERRALS.warning) return []
      const percent = Math.floor(share * 100)
      return firing(organization)('deferrals.high', provider, share >= DEFERRALS.high ? 'high' : 'warning', `${percent} % of ${made} tries at ${provider} were put off`, `${percent} % dari ${made} percobaan ke ${provider} ditunda`)
    }),
    ...hours.flatMap(({ organization, delivered, accepted, usualDelivered, usualAccepted }) => [
      ...(usualDelivered >= DROP.least && delivered < usualDelivered * DROP.share ? firing(organization)('deliveries.dropped', 'hour', 'warning', `${delivered} deliveries in an hour that usually has ${usualDelivered}`, `${delivered} pengiriman dalam satu jam, biasanya ${usualDelivered}`) : []),
      ...(accepted >= VOLUME.least && accepted >= usualAccepted * VOLUME.times && usualAccepted > 0 ? firing(organization)('volume.high', 'hour', 'warning', `${accepted} recipients in an hour that usually has ${usualAccepted}`, `${accepted} penerima dalam satu jam, biasanya ${usualAccepted}`) : []),
    ]),
  ]
}

function ofOrganizations({ endpoints, contained }: Facts, nowMs: number): readonly Firing[] {
  return [
    ...endpoints.flatMap(({ organization, id, failingSinceMs }) => (failingSinceMs === null || nowMs - failingSinceMs < WEBHOOK_MS ? [] : firing(organization)('webhook.failing', id, 'warning', `webhook ${id} has taken nothing for an hour`, `webhook ${id} tidak menerima apa pun selama satu jam`))),
    ...contained.flatMap(({ organization, login }) => firing(organization)('account.contained', login, 'high', `${login} was contained: somebody else seems to use it`, `${login} dibatasi: tampaknya dipakai orang lain`)),
  ]
}

function firing(organization: OrganizationId): (rule: RuleId, subject: string, severity: Severity, en: string, id: string) => readonly Firing[] {
  return (rule, subject, severity, en, id) => [{ organization, rule, subject, severity, text: { en, id } }]
}

function severityBelow(value: number, limits: Readonly<Record<Severity, number>>): Severity | null {
  return (['critical', 'high', 'warning'] as const).find((severity) => value < limits[severity]) ?? null
}
