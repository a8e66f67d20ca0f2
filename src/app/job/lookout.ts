import { randomBytes } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import { HOUR_MS, MINUTE_MS } from '../../base/duration.ts'
import type { Log } from '../../base/log.ts'
import { awaySlots, databaseClockOffMs, fullMailboxes, grownLists, replicas } from '../../core/alert/sql-surroundings.ts'
import type { FullMailbox, GrownList, ScannerState, Surroundings } from '../../core/alert/surroundings.ts'
import { aboutCertificate } from '../../core/certificate/known.ts'
import { DnsLists } from '../../core/filter/dnslist/dns-lists.ts'
import { scannersHealth } from '../../core/filter/scan/remote.ts'
import { DNS_LISTS } from '../../core/filter/table/dns-lists.ts'
import type { Database } from '../../infra/db/database.ts'
import type { DnsResolver } from '../../infra/net/resolver/resolver.ts'
import { askTime } from '../../infra/net/sntp.ts'
import { allKnown } from '../certificate/known.ts'
import type { Config } from '../config/config.ts'

/** What looking around is made of. */
export interface LookoutOptions {
  readonly config: Config
  readonly db: Database
  /** Null where names are the demo's own: then nobody is asked. */
  readonly resolver: Pick<DnsResolver, 'addresses'> | null
  readonly clock: Clock
  readonly log: Log
}

/** How long scanners, DNS and time servers may take, together: less than the lease of the job. */
const LOOK_WITHIN_MS = 10_000

/** What costs more than a question is looked up this often: accounts are all read, files opened. */
const SELDOM_MS = 10 * MINUTE_MS

/** How often a time server of others is asked. */
const TIME_EVERY_MS = HOUR_MS

/** Looks around for alerts. It remembers since when somebody has been silent. One for each process. */
export class Lookout {
  readonly #options: LookoutOptions
  readonly #lists: DnsLists
  readonly #downSinceMs = new Map<string, number>()
  readonly #awaySinceMs = new Map<string, number>()
  readonly #seldom = new Map<string, { readonly atMs: number; readonly value: unknown }>()
  #namesSinceMs: number | null = null
  #databaseTookMs = 0

  constructor(options: LookoutOptions) {
    const { resolver: dns, config, clock, log } = options
    this.#options = options
    // None is asked where names are the demo's own.
    this.#lists = new DnsLists({ lists: dns === null ? [] : DNS_LISTS.filter(({ isEnabled }) => isEnabled), dns: dns ?? NOBODY, clock, log, asking: dns === null || config.checks.dnsLists === 'off' ? 'never' : 'allowed' })
  }

  /** What is so now. Rejects only for a database that does not answer. */
  async look(signal: AbortSignal): Promise<Surroundings> {
    const { config, db } = this.#options
    const within = AbortSignal.any([signal, AbortSignal.timeout(LOOK_WITHIN_MS)])
    const [scanners, namesSinceMs, clockOffMs] = await Promise.all([this.#scanners(within), this.#names(within), this.#clockOff(within), this.#lists.selfTest(within)])
    const lists = this.#lists.health().flatMap(({ list: { zone }, health: { trouble } }) => (trouble === null || trouble === 'untested' ? [] : [{ zone, trouble }]))
    const certificates = await this.#every(SELDOM_MS, 'certificates', () => certificatesInFiles(db, config, this.#options.clock.nowMs()))
    const mailboxes = await this.#every<readonly FullMailbox[]>(SELDOM_MS, 'mailboxes', () => fullMailboxes(db))
    const suppressions = await this.#every<readonly GrownList[]>(SELDOM_MS, 'suppressions', () => grownLists(db, this.#options.clock.nowMs()))
    return { diskUsed: await diskUsed(config.dataDir), scanners, lists, namesSinceMs, clockOffMs, certificates, mailboxes, suppressions, databaseTookMs: this.#databaseTookMs, replicas: [...(await replicas(db)), ...this.#awayFor(await awaySlots(db))] }
  }

  /** Measures how long the database takes for a write, to be told at the next look. */
  async timed<T>(work: () => Promise<T>): Promise<T> {
    const beganMs = performance.now()
    const done = await work()
    this.#databaseTookMs = performance.now() - beganMs
    return done
  }

  async #scanners(signal: AbortSignal): Promise<readonly ScannerState[]> {
    const { config, clock, log } = this.#options
    const found = await scannersHealth(config.scanners, clock.nowMs(), log, signal)
    return found.map(({ name, isAlive, isStale }) => {
      if (isAlive) this.#downSinceMs.delete(name)
      else if (!this.#downSinceMs.has(name)) this.#downSinceMs.set(name, clock.nowMs())
      return { name, downSinceMs: this.#downSinceMs.get(name) ?? null, isStale }
    })
  }

  /** A name that nobody has asked for: what is remembered says nothing of the servers. That it is not there is an answer. */
  async #names(signal: AbortSignal): Promise<number | null> {
    const { config, resolver, clock } = this.#options
    if (resolver === null) return null
    const { kind } = await resolver.addresses(`merpati-${randomBytes(6).toString('hex')}.${config.hostname}`, 4, signal)
    this.#namesSinceMs = kind === 'failed' ? (this.#namesSinceMs ?? clock.nowMs()) : null
    return this.#namesSinceMs
  }

  /** The clock of the database's machine, or that of a time server when the operator has named one. */
  async #clockOff(signal: AbortSignal): Promise<number | null> {
    const { config, db, clock } = this.#options
    const { timeServer } = config
    const told = timeServer === null ? null : await this.#every(TIME_EVERY_MS, 'time', () => this.#askTime(timeServer, signal))
    return told ?? (await databaseClockOffMs(db, () => clock.nowMs()))
  }

  async #askTime({ host, port }: NonNullable<Config['timeServer']>, signal: AbortSignal): Promise<number | null> {
    const { clock } = this.#options
    const address = isIP(host) === 0 ? await this.#addressOf(host, signal) : host
    if (address === null) return null
    const told = await askTime({ address, port, withinMs: LOOK_WITHIN_MS, nowMs: () => clock.nowMs() }, signal)
    return told.kind === 'told' ? told.offsetMs : null
  }

  async #addressOf(host: string, signal: AbortSignal): Promise<string | null> {
    const answer = await this.#options.resolver?.addresses(host, 4, signal)
    return answer?.kind === 'found' ? (answer.records[0] ?? null) : null
  }

  /** A copy that is away is as far behind as we have seen it away. */
  #awayFor(slots: readonly string[]): Surroundings['replicas'] {
    const nowMs = this.#options.clock.nowMs()
    for (const slot of this.#awaySinceMs.keys()) if (!slots.includes(slot)) this.#awaySinceMs.delete(slot)
    return slots.map((name) => {
      const sinceMs = this.#awaySinceMs.get(name) ?? nowMs
      this.#awaySinceMs.set(name, sinceMs)
      return { name, behindMs: nowMs - sinceMs }
    })
  }

  async #every<T>(everyMs: number, name: string, look: () => Promise<T>): Promise<T> {
    const nowMs = this.#options.clock.nowMs()
    const known = this.#seldom.get(name)
    if (known !== undefined && nowMs - known.atMs < everyMs) return known.value as T // Kept under this name below.
    const value = await look()
    this.#seldom.set(name, { atMs: nowMs, value })
    return value
  }
}

const NOBODY = { addresses: async () => ({ kind: 'failed', why: 'aborted', detail: 'names are those of the demo' }) as const }

/** What is kept from everybody but the system counts as used: we cannot write there. */
async function diskUsed(folder: string): Promise<number> {
  const { blocks, bavail } = await statfs(folder)
  return blocks === 0 ? 0 : 1 - bavail / blocks
}

async function certificatesInFiles(db: Database, config: Config, nowMs: number): Promise<Surroundings['certificates']> {
  const known = await allKnown(db, { ...config, acme: null })
  return known.flatMap((certificate) => {
    const { details } = aboutCertificate(certificate, nowMs)
    return details === null ? [] : [{ name: certificate.name, endsMs: details.untilMs }]
  })
}
