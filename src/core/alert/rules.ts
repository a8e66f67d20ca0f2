import type { OrganizationId } from '../../base/brand.ts'
import { MINUTE_MS } from '../../base/duration.ts'
import type { Standing } from '../standing/standing.ts'
import { standingName } from '../standing/standing.ts'
import { sayFinding } from '../standing/words.ts'
import { type Firing, firing } from './alert.ts'
import { ofFeeds, ofReputation, type ReputationFacts } from './rules-reputation.ts'
import { ofCertificates, ofReaders, ofSurroundings } from './rules-surroundings.ts'
import type { Surroundings } from './surroundings.ts'

/** Everything that rules look at, as it is now. */
export interface Facts {
  /** The organization that runs the installation: it hears of what concerns all. */
  readonly operator: OrganizationId
  readonly queue: readonly { readonly domain: string; readonly count: number; readonly oldestMs: number }[]
  /** Sources that carry mail, with the names of the checks that failed. */
  readonly sources: readonly { readonly id: string; readonly address: string; readonly failed: readonly string[] }[]
  readonly certificates: readonly { readonly name: string; readonly endsMs: number }[]
  readonly surroundings: Surroundings
  /** Readers of the log, and when what each has not seen yet happened; those that have seen all are left out. */
  readonly readers: readonly { readonly name: string; readonly waitingSinceMs: number }[]
  /** Hosted domains whose records failed their checks twice in a row. */
  readonly domains: readonly { readonly organization: OrganizationId; readonly name: string; readonly state: string; readonly failing: readonly string[] }[]
  /** Those of which something is to be said. */
  readonly standings: readonly Standing[]
  /** Tries of this hour and the last. */
  readonly tries: readonly { readonly organization: OrganizationId; readonly provider: string; readonly made: number; readonly deferred: number }[]
  /** The last whole hour, and the median of the same hour of the seven days before. */
  readonly hours: readonly { readonly organization: OrganizationId; readonly delivered: number; readonly accepted: number; readonly usualDelivered: number; readonly usualAccepted: number }[]
  readonly endpoints: readonly { readonly organization: OrganizationId; readonly id: string; readonly failingSinceMs: number | null }[]
  /** Webhooks that were switched off by themselves. */
  readonly disabled: readonly { readonly organization: OrganizationId; readonly id: string }[]
  readonly contained: readonly { readonly organization: OrganizationId; readonly login: string }[]
  readonly reputation: ReputationFacts
}

/** deliverability §6.6: where each rule begins. */
const QUEUE = { more: 100, warningMs: 30 * MINUTE_MS, highMs: 120 * MINUTE_MS }
const DEFERRALS = { least: 100, warning: 0.2, high: 0.5 }
const WEBHOOK_MS = 60 * MINUTE_MS
const DROP = { least: 100, share: 0.5 }
const VOLUME = { least: 500, times: 5 }
/** Checks without which large receivers refuse mail. */
const VITAL: ReadonlySet<string> = new Set(['spf', 'dkim', 'dmarc', 'ptr'])

/** All that is wrong, by every rule. Pure. */
export function evaluate(facts: Facts, nowMs: number): readonly Firing[] {
  return [...ofHouse(facts, nowMs), ...ofReputation(facts.operator, facts.reputation), ...ofSending(facts), ...ofOrganizations(facts, nowMs), ...ofFeeds(facts.reputation, nowMs)]
}

/** What concerns the whole installation. */
function ofHouse({ operator, queue, sources, certificates, readers, surroundings }: Facts, nowMs: number): readonly Firing[] {
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
    ...ofCertificates(operator, [...certificates, ...surroundings.certificates], nowMs),
    ...ofReaders(operator, readers, nowMs),
    ...ofSurroundings(operator, surroundings, nowMs),
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

function ofOrganizations({ endpoints, disabled, domains, contained }: Facts, nowMs: number): readonly Firing[] {
  return [
    ...endpoints.flatMap(({ organization, id, failingSinceMs }) => (failingSinceMs === null || nowMs - failingSinceMs < WEBHOOK_MS ? [] : firing(organization)('webhook.failing', id, 'warning', `webhook ${id} has taken nothing for an hour`, `webhook ${id} tidak menerima apa pun selama satu jam`))),
    ...disabled.flatMap(({ organization, id }) => firing(organization)('webhook.disabled', id, 'high', `webhook ${id} was switched off by itself: it is told of nothing any more`, `webhook ${id} dimatikan otomatis: tidak diberi tahu apa pun lagi`)),
    ...domains.flatMap(({ organization, name, state, failing }) => firing(organization)('domain.failed', name, state === 'active' && failing.some((id) => VITAL.has(id)) ? 'critical' : 'high', `${name} failed its checks: ${failing.join(', ')}`, `${name} gagal diperiksa: ${failing.join(', ')}`)),
    ...contained.flatMap(({ organization, login }) => firing(organization)('account.contained', login, 'high', `${login} was contained: somebody else seems to use it`, `${login} dibatasi: tampaknya dipakai orang lain`)),
  ]
}
