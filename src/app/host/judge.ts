import { DAY_MS } from '../../base/duration.ts'
import type { Finding } from '../../core/domain/check/finding.ts'
import type { ListHit } from '../../core/filter/dnslist/list-session.ts'
import { listWeight } from '../../core/filter/dnslist/weight.ts'
import { domainWeight } from '../own-lists.ts'
import { type HostFinding, hostFinding } from './finding.ts'
import type { Registered } from './registration.ts'

/** A clock that is further off makes signatures and certificates fail elsewhere. deliverability §6.4. */
const CLOCK_WARN_MS = 1_000
const CLOCK_FAIL_MS = 30_000

/** Shares of the disk. deliverability §6.4. */
const DISK_WARN = 0.7
const DISK_FAIL = 0.85

/** A queue that nobody serves: so many deliveries whose time came so long ago. deliverability §6.6. */
const MANY_WAITING = 100
const WAIT_WARN_MS = 30 * 60_000
const WAIT_FAIL_MS = 2 * 3_600_000

/** A database that takes longer to answer a question makes sessions wait. deliverability §6.6. */
const SLOW_DATABASE_MS = 1_000

/** A resolver that takes longer makes checks late. deliverability §6.4. */
const SLOW_RESOLVER_MS = 200

/** Of so many answers in a hundred the slowest counts. deliverability §6.4. */
const RESOLVER_PERCENT = 95

/** A domain that is younger is distrusted by many receivers. */
const YOUNG_DAYS = 30

/** Whether a server elsewhere answers at port 25 from each address that mail leaves from; null is whichever the system takes. */
export function judgeEgress(tries: readonly { readonly from: string | null; readonly why: string | null }[]): HostFinding {
  const bad = tries.filter(({ why }) => why !== null)
  if (bad.length === 0) return hostFinding('port-25-out', 'pass', 'servers elsewhere answer at port 25')
  const found = bad.map(({ from, why }) => `${from ?? 'this machine'}: ${why}`).join('; ')
  if (bad.length < tries.length) {
    return hostFinding('port-25-out', 'warn', found, 'Take these addresses out of their pools until port 25 is open for them.', 'Keluarkan alamat ini dari pool-nya sampai port 25 terbuka.')
  }
  return hostFinding('port-25-out', 'fail', found, 'Ask your provider to open port 25, or name a server that sends for you: [outbound.relay].', 'Minta penyedia Anda membuka port 25, atau sebut server yang mengirim untuk Anda: [outbound.relay].')
}

/** Whether lists have addresses of ours. `asked` is how many lists could be asked. */
export function judgeAddressLists(hits: readonly ListHit[], asked: number): HostFinding {
  if (asked === 0) return hostFinding('address-lists', 'unknown', 'no DNS list answers us', 'Name a resolver of your own in outbound.resolvers: lists answer no shared ones.', 'Sebut resolver sendiri di outbound.resolvers: daftar tidak menjawab resolver bersama.')
  if (hits.length === 0) return hostFinding('address-lists', 'pass', `on none of ${asked} lists`)
  return hostFinding('address-lists', listWeight(hits).isReject ? 'fail' : 'warn', listed(hits), 'Find out what was sent from there, stop it, and ask the list to remove the address.', 'Cari tahu apa yang dikirim dari sana, hentikan, lalu minta daftar itu menghapus alamatnya.')
}

/** Whether lists have domains of ours. */
export function judgeDomainLists(hits: readonly ListHit[], asked: number): HostFinding {
  if (asked === 0) return hostFinding('domain-lists', 'unknown', 'no DNS list answers us')
  if (hits.length === 0) return hostFinding('domain-lists', 'pass', `on none of ${asked} lists`)
  return hostFinding('domain-lists', domainWeight(hits) === 'grave' ? 'fail' : 'warn', listed(hits), 'Find out who sends in its name, clean its web pages, and ask the list to remove the domain.', 'Cari tahu siapa yang mengirim atas namanya, bersihkan situsnya, lalu minta daftar itu menghapus domainnya.')
}

function listed(hits: readonly ListHit[]): string {
  return hits.map(({ list, subject }) => `${subject.value} is on ${list.zone}`).join('; ')
}

/** What the PTR check of a domain found, of every address that mail leaves from. */
export function judgePtr({ kind, found, advice }: Finding): HostFinding {
  return { id: 'ptr', kind, found, advice }
}

/** How long ago the domain was registered: a new one is no fault, and has to begin slowly. */
export function judgeAge(registered: Registered, nowMs: number): HostFinding {
  if (registered.kind === 'unknown') return hostFinding('domain-age', 'unknown', registered.why)
  const days = Math.max(0, Math.floor((nowMs - registered.atMs) / DAY_MS))
  const found = `${registered.domain} was registered ${days} days ago`
  if (days >= YOUNG_DAYS) return hostFinding('domain-age', 'pass', found)
  return hostFinding('domain-age', 'info', found, 'Receivers distrust new domains: begin with little mail, to people who wait for it.', 'Penerima mencurigai domain baru: mulai dengan sedikit surel, kepada orang yang menunggunya.')
}

/** What was learned of a resolver. */
export interface ResolverFacts {
  /** How long it took to say that a name is not there, the slow answers of several; null when it said nothing too often, or that it is there. */
  readonly tookMs: number | null
  /** It has an address for a name that cannot exist. */
  readonly isLying: boolean
  readonly validates: boolean
}

/** Whether our resolver is one to build on. */
export function judgeResolver({ tookMs, isLying, validates }: ResolverFacts): HostFinding {
  if (isLying) return hostFinding('resolver', 'fail', 'it has addresses for names that do not exist', 'Somebody answers in place of DNS: use another resolver (outbound.resolvers).', 'Ada yang menjawab menggantikan DNS: pakai resolver lain (outbound.resolvers).')
  if (tookMs === null) return hostFinding('resolver', 'fail', 'it does not answer', 'Name one that does in outbound.resolvers.', 'Sebut resolver yang menjawab di outbound.resolvers.')
  if (!validates) return hostFinding('resolver', 'warn', 'it does not validate DNSSEC', 'Run a validating resolver on this machine: without one DANE protects nobody.', 'Jalankan resolver yang memvalidasi di mesin ini: tanpa itu DANE tidak melindungi siapa pun.')
  if (tookMs > SLOW_RESOLVER_MS) return hostFinding('resolver', 'warn', `it takes ${Math.round(tookMs)} ms to answer, at times longer`, 'Use a resolver that is nearer.', 'Pakai resolver yang lebih dekat.')
  return hostFinding('resolver', 'pass', 'it answers, and validates DNSSEC')
}

/** The slowest of 95 in a hundred answers; null when fewer came. `null` in `tookMs` is an answer that never came. */
export function slowOf(tookMs: readonly (number | null)[]): number | null {
  const sorted = tookMs.map((ms) => ms ?? Infinity).toSorted((a, b) => a - b)
  const slow = sorted[Math.ceil((sorted.length * RESOLVER_PERCENT) / 100) - 1] ?? Infinity
  return Number.isFinite(slow) ? slow : null
}

/** How far our clock is off; null when no server told. */
export function judgeClock(offsetMs: number | null, why: string): HostFinding {
  if (offsetMs === null) return hostFinding('clock', 'unknown', why)
  const off = Math.abs(offsetMs)
  const found = `${(off / 1_000).toFixed(1)} s off`
  if (off < CLOCK_WARN_MS) return hostFinding('clock', 'pass', found)
  return hostFinding('clock', off < CLOCK_FAIL_MS ? 'warn' : 'fail', found, 'Let a time service such as systemd-timesyncd or chrony keep the clock.', 'Biarkan layanan waktu seperti systemd-timesyncd atau chrony menjaga jam.')
}

/** How full the disk of the data folder is, a share; null when it did not say. */
export function judgeDisk(used: number | null): HostFinding {
  if (used === null) return hostFinding('disk', 'unknown', 'the disk does not say how full it is')
  const found = `${Math.round(used * 100)} % used`
  if (used < DISK_WARN) return hostFinding('disk', 'pass', found)
  return hostFinding('disk', used < DISK_FAIL ? 'warn' : 'fail', found, 'Make room, or give the data folder a larger disk: nothing is taken once it is nearly full.', 'Kosongkan ruang, atau beri folder data disk yang lebih besar: tidak ada yang diterima saat hampir penuh.')
}

/** How long the database took to answer; null when it did not. */
export function judgeDatabase(tookMs: number | null): HostFinding {
  if (tookMs === null) return hostFinding('database', 'fail', 'it does not answer', 'Start the database, or mend [database].', 'Jalankan basis data, atau perbaiki [database].')
  const found = `it answers in ${Math.round(tookMs)} ms`
  return hostFinding('database', tookMs < SLOW_DATABASE_MS ? 'pass' : 'warn', found, 'Look what keeps the database busy.', 'Lihat apa yang membuat basis data sibuk.')
}

/** Deliveries whose time has come, and how long ago that was for the first of them. */
export function judgeQueue({ count, oldestMs }: { readonly count: number; readonly oldestMs: number }): HostFinding {
  const found = count === 0 ? 'nothing is late' : `${count} deliveries are late, the first by ${Math.round(oldestMs / 60_000)} min`
  if (count <= MANY_WAITING || oldestMs < WAIT_WARN_MS) return hostFinding('queue', 'pass', found)
  return hostFinding('queue', oldestMs < WAIT_FAIL_MS ? 'warn' : 'fail', found, 'See whether "merpati serve" runs, and what "merpati lane explain" says of their domains.', 'Periksa apakah "merpati serve" berjalan, dan apa kata "merpati lane explain" tentang domainnya.')
}
