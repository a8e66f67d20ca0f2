import { randomBytes } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { Unavailable } from '../../base/unavailable.ts'
import { checkPtr } from '../../core/domain/check/ptr.ts'
import { hostedNames } from '../../core/domain/sql.ts'
import type { ListHit } from '../../core/filter/dnslist/list-session.ts'
import { clientSubjects, domainSubjects } from '../../core/filter/dnslist/subjects.ts'
import { blockList } from '../../core/outbound/targets.ts'
import { sourceBook } from '../../core/pool/sql-source.ts'
import { backlog } from '../../core/queue/sql-backlog.ts'
import type { AskAddresses } from '../../core/webhook/target.ts'
import type { Database } from '../../infra/db/database.ts'
import type { DnsResolver } from '../../infra/net/resolver/resolver.ts'
import { askTime } from '../../infra/net/sntp.ts'
import type { Config } from '../config/config.ts'
import { greet } from '../domain-check.ts'
import { everySending, houseAddresses } from '../house-of.ts'
import { listsAgainst, usableFor } from '../own-lists.ts'
import { type HostFinding, hostFinding } from './finding.ts'
import { judgeAddressLists, judgeAge, judgeClock, judgeDatabase, judgeDisk, judgeDomainLists, judgeEgress, judgePtr, judgeQueue, judgeResolver, slowOf } from './judge.ts'
import { registrationOf } from './registration.ts'

/** Time servers may take so long. */
const TIME_WITHIN_MS = 5_000

/** All questions to DNS together may. */
const DNS_WITHIN_MS = 20_000

/** Addresses and domains of ours that lists are asked about: a session asks a limited number of questions. */
const MAX_LISTED = 20

/** Whom to ask beside DNS. */
export interface HostCheckOptions {
  readonly config: Config
  readonly db: Database
  readonly log: Log
  /** Null where names are the demo's own. */
  readonly resolver: DnsResolver | null
  /** A domain whose mail servers are greeted, to see whether port 25 is open for us. */
  readonly probe: string
  readonly timeServer: { readonly host: string; readonly port: number }
  /** Where RDAP is asked how old the domain of this server is; null: nobody is asked. */
  readonly rdap: string | null
}

/** Names that the resolver is asked for to see how long it takes, and how many at once: more would be a burst, which it may slow down. */
const RESOLVER_SAMPLES = 20
const SAMPLES_AT_ONCE = 5

const NOBODY_ASKED = 'the demo asks no DNS server: name one with --resolver HOST:PORT'

/** Looks at this machine and at how the world sees it. deliverability §6.4. Nothing rejects for what a network does. */
export async function checkHost(options: HostCheckOptions, signal: AbortSignal): Promise<readonly HostFinding[]> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(DNS_WITHIN_MS)])
  const [egress, ptr, lists, ...rest] = await Promise.all([egressOf(options, signal), ptrOf(options, within), listsOf(options, within), ageOf(options, within), resolverOf(options, within), clockOf(options, signal), diskOf(options), ...storageOf(options)])
  return [egress, ptr, ...lists, ...rest]
}

async function egressOf({ config, db, log, resolver, probe }: HostCheckOptions, signal: AbortSignal): Promise<HostFinding> {
  if (resolver === null) return hostFinding('port-25-out', 'unknown', NOBODY_ASKED)
  const servers = await resolver.mx(probe, signal)
  const [first] = servers.kind === 'found' ? servers.records.toSorted((a, b) => a.preference - b.preference) : []
  if (first === undefined) return hostFinding('port-25-out', 'unknown', `no mail server of ${probe} is known`)
  const addresses = { 4: await resolver.addresses(first.exchange, 4, signal), 6: await resolver.addresses(first.exchange, 6, signal) } as const
  const sources = [...(await sourceBook(db)).sources.values()].filter(({ state }) => state !== 'retired')
  const from = sources.length === 0 ? [{ address: null, family: 'v4' }] : sources
  const tries = await Promise.all(from.map(async ({ address, family }) => {
    const answer = addresses[family === 'v6' ? 6 : 4]
    const [to] = answer.kind === 'found' ? answer.records : []
    if (to === undefined) return []
    const greeted = await greet({ config, log }, { host: first.exchange, address: to, from: address }, signal)
    return [{ from: address, why: greeted.kind === 'greeted' ? null : greeted.why }]
  }))
  const made = tries.flat()
  return made.length === 0 ? hostFinding('port-25-out', 'unknown', `${first.exchange} has no address of our kind`) : judgeEgress(made)
}

async function ptrOf({ config, db, resolver }: HostCheckOptions, signal: AbortSignal): Promise<HostFinding> {
  if (resolver === null) return hostFinding('ptr', 'unknown', NOBODY_ASKED)
  const ask = { ptr: (address: string) => resolver.ptr(address, signal), addresses: (name: string, family: 4 | 6) => resolver.addresses(name, family, signal) }
  return judgePtr(await checkPtr({ house: { sending: await everySending(config, db) } }, ask))
}

async function ageOf({ config, resolver, rdap }: HostCheckOptions, signal: AbortSignal): Promise<HostFinding> {
  if (resolver === null) return hostFinding('domain-age', 'unknown', NOBODY_ASKED)
  if (rdap === null) return hostFinding('domain-age', 'unknown', 'nobody was asked')
  const rules = { allowed: blockList(config.outbound.allowed), plain: 'refused' } as const
  const ask: AskAddresses = (host, family, within) => resolver.addresses(host, family, within)
  return judgeAge(await registrationOf(config.hostname, { base: rdap, rules, ask }, signal), systemClock.nowMs())
}

async function listsOf({ config, db, log, resolver }: HostCheckOptions, signal: AbortSignal): Promise<readonly HostFinding[]> {
  if (resolver === null) return [hostFinding('address-lists', 'unknown', NOBODY_ASKED), hostFinding('domain-lists', 'unknown', NOBODY_ASKED)]
  const lists = listsAgainst(resolver, config, log)
  await lists.selfTest(signal)
  const sources = [...(await sourceBook(db)).sources.values()].map(({ address }) => address)
  const addresses = [...new Set([...sources, ...houseAddresses(config)])].slice(0, MAX_LISTED)
  const names = (await hostedNames(db)).slice(0, MAX_LISTED)
  const about = async (subjects: Parameters<ReturnType<typeof lists.session>['about']>[0]): Promise<readonly ListHit[]> => await lists.session().about(subjects, signal)
  return [
    judgeAddressLists(await about(addresses.flatMap((address) => clientSubjects(address))), usableFor(lists, 'ip')),
    judgeDomainLists(await about(domainSubjects(names)), usableFor(lists, 'domain')),
  ]
}

async function resolverOf({ resolver }: HostCheckOptions, signal: AbortSignal): Promise<HostFinding> {
  if (resolver === null) return hostFinding('resolver', 'unknown', NOBODY_ASKED)
  await resolver.selfTest(signal)
  const samples: (number | 'lie' | null)[] = []
  while (samples.length < RESOLVER_SAMPLES && !signal.aborted) samples.push(...(await Promise.all(Array.from({ length: SAMPLES_AT_ONCE }, () => sampleOf(resolver, signal)))))
  return judgeResolver({ tookMs: slowOf(samples.map((each) => (each === 'lie' ? null : each))), isLying: samples.includes('lie'), validates: resolver.dnssec.kind === 'on' })
}

/** How long it takes to say that a name is not there; null when it says nothing. */
async function sampleOf(resolver: DnsResolver, signal: AbortSignal): Promise<number | 'lie' | null> {
  const beganMs = performance.now()
  const { kind } = await resolver.addresses(`merpati-${randomBytes(6).toString('hex')}.invalid`, 4, signal) // RFC 6761 §6.4: it has no addresses.
  if (kind === 'found') return 'lie'
  return kind === 'none' ? performance.now() - beganMs : null
}

async function clockOf({ resolver, timeServer: { host, port } }: HostCheckOptions, signal: AbortSignal): Promise<HostFinding> {
  if (resolver === null) return judgeClock(null, NOBODY_ASKED)
  const answer = await resolver.addresses(host, 4, AbortSignal.any([signal, AbortSignal.timeout(TIME_WITHIN_MS)]))
  const [address] = answer.kind === 'found' ? answer.records : []
  if (address === undefined) return judgeClock(null, `${host} has no address`)
  const told = await askTime({ address, port, withinMs: TIME_WITHIN_MS, nowMs: () => systemClock.nowMs() }, signal)
  return told.kind === 'told' ? judgeClock(told.offsetMs, '') : judgeClock(null, `${host}: ${told.why}`)
}

async function diskOf({ config: { dataDir } }: HostCheckOptions): Promise<HostFinding> {
  try {
    const { blocks, bavail } = await statfs(dataDir)
    return judgeDisk(blocks === 0 ? null : 1 - bavail / blocks)
  } catch {
    return judgeDisk(null) // A disk that does not say is told of, and no reason to stop.
  }
}

function storageOf({ db }: HostCheckOptions): readonly Promise<HostFinding>[] {
  const beganMs = performance.now()
  const asked = backlog(db, systemClock.nowMs()).then((found) => ({ found, tookMs: performance.now() - beganMs })).catch((error: unknown) => {
    if (error instanceof Unavailable) return null
    throw error
  })
  return [asked.then((answer) => judgeDatabase(answer?.tookMs ?? null)), asked.then((answer) => (answer === null ? hostFinding('queue', 'unknown', 'the database does not answer') : judgeQueue(answer.found)))]
}
