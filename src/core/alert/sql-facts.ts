import type { OrganizationId } from '../../base/brand.ts'
import { idTimeMs, makeId } from '../../base/ids.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { SUPPRESS_READER } from '../bounce/suppress.ts'
import { readerPosition, unreadSince } from '../event/sql.ts'
import { SENDING_READER } from '../filter/outbound/sql-watch.ts'
import { organizationsAfter } from '../organization/sql.ts'
import { sourceBook } from '../pool/sql-source.ts'
import { STANDING_READER } from '../standing/standing.ts'
import { standingsOf, suspectsAfter } from '../standing/sql.ts'
import { STEP_MS } from '../stats/limits.ts'
import { startOf } from '../stats/tally.ts'
import { enabledEndpoints } from '../webhook/sql-endpoint.ts'
import { MAX_ALERTS } from './limits.ts'
import { OWNER_NOTICE_READER } from './notices.ts'
import type { ReputationFacts } from './rules-reputation.ts'
import type { Facts } from './rules.ts'
import { reachOf, reputationOf, unheardOf } from './sql-reputation.ts'
import type { Surroundings } from './surroundings.ts'

// By domain and id alone, which lie in the index of what waits: a queue of a million is looked at without a look at its rows. An id begins with its time.
const QUEUE = statement<{ beforeId: string }, { lane: string; count: number | string; oldest: string }>(
  `SELECT lane, COUNT(*) AS count, MIN(id) AS oldest FROM delivery WHERE state = 'queued' AND lane <> 'local' AND id < $beforeId
  GROUP BY lane HAVING COUNT(*) > 100 ORDER BY COUNT(*) DESC LIMIT ${MAX_ALERTS}`,
)
const CERTIFICATES = statement<{ beforeMs: number }, { name: string; not_after_ms: number }>(`SELECT name, not_after_ms FROM certificate WHERE not_after_ms < $beforeMs ORDER BY not_after_ms LIMIT ${MAX_ALERTS}`)
const CONTAINED = statement<Record<never, never>, { organization: OrganizationId; login: string }>(
  `SELECT a.organization, a.login FROM containment c JOIN account a ON a.id = c.account WHERE c.state = 'contained' ORDER BY c.at_ms DESC LIMIT ${MAX_ALERTS}`,
)
const DISABLED = statement<Record<never, never>, { organization: OrganizationId; id: string }>(
  `SELECT organization, id FROM webhook WHERE state = 'disabled' AND reason <> 'by-hand' ORDER BY organization, id LIMIT ${MAX_ALERTS}`,
)
const DOMAINS = statement<Record<never, never>, { organization: OrganizationId; name: string; state: string; failing: string }>(
  `SELECT l.organization, l.name, d.state, l.failing FROM domain_look l JOIN domain d ON d.name = l.name WHERE l.failing <> '[]' ORDER BY l.organization, l.name LIMIT ${MAX_ALERTS}`,
)
const TRIES = statement<{ organization: string; fromMs: number }, { provider: string; made: number | string; deferred: number | string }>(
  `SELECT provider, SUM(n_tries) AS made, SUM(n_tries_deferred) AS deferred FROM stats_count
  WHERE organization = $organization AND facet = 'brief' AND step = 'hour' AND at_ms >= $fromMs AND provider NOT IN ('', 'local') GROUP BY provider LIMIT ${MAX_ALERTS}`,
)
const HOURS = statement<{ organization: string; fromMs: number; toMs: number }, { at_ms: number; delivered: number | string; accepted: number | string }>(
  `SELECT at_ms, SUM(n_delivered) AS delivered, SUM(n_accepted) AS accepted FROM stats_count
  WHERE organization = $organization AND facet = 'brief' AND step = 'hour' AND at_ms >= $fromMs AND at_ms < $toMs GROUP BY at_ms LIMIT 200`,
)

const CERTIFICATE_MS = 14 * STEP_MS.day
const QUEUED_MS = 30 * 60_000
/** The letter and the time of an id: `base/ids.ts`. */
const ID_TIME_CHARS = 9
/** Readers that run in every house, whatever it is used for. */
const READERS = ['trace', 'stats', 'notice', SUPPRESS_READER, SENDING_READER, STANDING_READER, OWNER_NOTICE_READER] as const
/** Days that an hour is compared with. */
const DAYS = 7

/** What is so now, as far as the database and the statistics know, and around them; null while there is no organization. */
export async function factsOf(db: Database, stats: Database, surroundings: Surroundings, nowMs: number): Promise<Facts | null> {
  const [operator] = await organizationsAfter(db, '')
  if (operator === undefined) return null
  const queue = await db.all(QUEUE, { beforeId: makeId('q', nowMs - QUEUED_MS).slice(0, ID_TIME_CHARS) })
  const certificates = await db.all(CERTIFICATES, { beforeMs: nowMs + CERTIFICATE_MS })
  const all = [...(await sourceBook(db)).sources.values()]
  const sources = all.filter(({ state }) => state === 'active' || state === 'warming')
  const { unheard, reach, ...counts } = await countsOf(db, stats, nowMs)
  const reputation = await reputationOf(db, all, nowMs)
  return {
    operator: operator.id,
    queue: queue.map(({ lane, count, oldest }) => ({ domain: lane, count: Number(count), oldestMs: idTimeMs(oldest) ?? nowMs })),
    sources: sources.map(({ id, address, checks }) => ({ id, address, failed: Object.entries(checks).flatMap(([name, result]) => (result === 'failed' ? [name] : [])) })),
    certificates: certificates.map(({ name, not_after_ms: endsMs }) => ({ name, endsMs })),
    surroundings,
    readers: await waitingReaders(db),
    domains: (await db.all(DOMAINS, {})).map(({ failing, ...row }) => ({ ...row, failing: JSON.parse(failing) as readonly string[] })), // Written by `noteLook` only.
    standings: await allSuspects(db),
    ...counts,
    reputation: { ...reputation, silences: [...reputation.silences, ...unheard], reach: sumOf(reach) },
    endpoints: await enabledEndpoints(db),
    disabled: await db.all(DISABLED, {}),
    contained: await db.all(CONTAINED, {}),
  }
}

async function waitingReaders(db: Database): Promise<Facts['readers']> {
  const found = await Promise.all(READERS.map(async (name) => ({ name, waitingSinceMs: await unreadSince(db, await readerPosition(db, name)) })))
  return found.flatMap(({ name, waitingSinceMs }) => (waitingSinceMs === null ? [] : [{ name, waitingSinceMs }]))
}

async function allSuspects(db: Database): Promise<Facts['standings']> {
  const organizations = await suspectsAfter(db, '')
  return (await Promise.all(organizations.map((organization) => standingsOf(db, organization)))).flat().filter(({ level }) => level !== 'good')
}

/** Tries at all providers together. A provider counts once, whoever wrote to it. */
function sumOf(reached: Counts['reach']): ReputationFacts['reach'] {
  const sum = (of: 'made' | 'unreached'): number => reached.reduce((total, each) => total + each[of], 0)
  return { made: sum('made'), unreached: sum('unreached'), providers: new Set(reached.map(({ provider }) => provider)).size }
}

interface Counts extends Pick<Facts, 'tries' | 'hours'> {
  readonly unheard: ReputationFacts['silences']
  readonly reach: Awaited<ReturnType<typeof reachOf>>
}

async function countsOf(db: Database, stats: Database, nowMs: number): Promise<Counts> {
  const tries: Facts['tries'][number][] = []
  const hours: Facts['hours'][number][] = []
  const unheard: ReputationFacts['silences'][number][] = []
  const reach: Counts['reach'][number][] = []
  const hourMs = startOf('hour', nowMs)
  for (let page = await organizationsAfter(db, ''); page.length > 0; page = await organizationsAfter(db, page.at(-1)?.id ?? '')) {
    for (const { id: organization } of page) {
      const rows = await stats.all(TRIES, { organization, fromMs: hourMs - STEP_MS.hour })
      unheard.push(...(await unheardOf(stats, organization, nowMs)))
      reach.push(...(await reachOf(stats, organization, nowMs)))
      tries.push(...rows.map(({ provider, made, deferred }) => ({ organization, provider, made: Number(made), deferred: Number(deferred) })))
      const lastMs = hourMs - STEP_MS.hour
      const counted = new Map((await stats.all(HOURS, { organization, fromMs: lastMs - DAYS * STEP_MS.day, toMs: hourMs })).map((row) => [Number(row.at_ms), row]))
      const of = (name: 'delivered' | 'accepted', atMs: number): number => Number(counted.get(atMs)?.[name] ?? 0)
      const usual = (name: 'delivered' | 'accepted'): number => median(Array.from({ length: DAYS }, (_, i) => of(name, lastMs - (i + 1) * STEP_MS.day)))
      hours.push({ organization, delivered: of('delivered', lastMs), accepted: of('accepted', lastMs), usualDelivered: usual('delivered'), usualAccepted: usual('accepted') })
    }
  }
  return { tries, hours, unheard, reach }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
