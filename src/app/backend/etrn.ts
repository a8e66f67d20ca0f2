import { type BlockList, isIPv6 } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { TaskGroup } from '../../base/task-group.ts'
import { Unavailable } from '../../base/unavailable.ts'
import type { RelayDomain } from '../../core/route/relay-domain.ts'
import { relayDomainsAfter } from '../../core/route/sql-relay.ts'
import { blockList } from '../../core/outbound/targets.ts'
import { ANY_DELIVERY, type Operated, operate } from '../../core/queue/sql-operate.ts'
import type { Database } from '../../infra/db/database.ts'
import { takeLease } from '../../infra/db/sql-lease.ts'
import type { EtrnAnswer, EtrnNode, EtrnService } from '../../proto/smtp/server/backend.ts'

/** How old what is known of relay domains may be. */
const KEEP_MS = 5_000

/** A domain is started once in this time, on all nodes together. deliverability §2.6. */
const ONCE_IN_MS = 60_000

/** Writes of 200 deliveries while the client waits; what is left after that goes on behind its back. */
const WRITES_WAITED_FOR = 5

/** What ETRN is made of; one for each worker. */
export interface EtrnOptions {
  readonly db: Database
  readonly clock: Clock
  /** Told that a domain has something to send. */
  readonly queued: (lane: string) => void
  readonly tasks: TaskGroup
  readonly log: Log
}

/** A relay domain, and who may ask for its mail. */
interface Askable {
  readonly domain: RelayDomain
  readonly from: BlockList
}

/** Lets the servers of relay domains ask for what we keep for them, from the addresses that are named for that. RFC 1985, deliverability §2.6. */
export class Etrn implements EtrnService {
  readonly #options: EtrnOptions
  readonly #holder: string
  #known: readonly Askable[] = []
  #knownUntilMs = Number.NEGATIVE_INFINITY

  constructor(options: EtrnOptions) {
    this.#options = options
    this.#holder = makeId('x', options.clock.nowMs())
  }

  async offered({ peer }: Parameters<EtrnService['offered']>[0]): Promise<boolean> {
    try {
      return (await this.#askableBy(peer.address)).length > 0
    } catch (error) {
      // EHLO is answered without a database too.
      if (error instanceof Unavailable) return false
      throw error
    }
  }

  async start({ kind, name }: EtrnNode, { peer }: Parameters<EtrnService['start']>[1]): Promise<EtrnAnswer> {
    const domains = (await this.#askableBy(peer.address)).filter((each) => isMeant(each, kind, name))
    if (domains.length === 0) return { kind: 'not-allowed', why: 'nothing of that name is kept here for you' }
    let count = 0
    let isWhole = true
    let started = 0
    for (const { name: lane } of domains) {
      if (!(await this.#mayStart(lane))) continue
      started += 1
      const done = await this.#start(lane)
      count += done.changed
      isWhole &&= done.isWhole
    }
    this.#options.log.info('etrn.asked', { name, client: peer.address, started, count })
    if (started === 0) return { kind: 'unable', why: 'it was asked for less than a minute ago' }
    if (!isWhole) return { kind: 'pending', count: null }
    return count === 0 ? { kind: 'nothing' } : { kind: 'pending', count }
  }

  /** Nobody gives this lease back: until it has run out, no other one can be had, on no node. */
  async #mayStart(lane: string): Promise<boolean> {
    const nowMs = this.#options.clock.nowMs()
    return await this.#options.db.write(takeLease, { name: `etrn:${lane}`, holder: `${this.#holder}:${makeId('x', nowMs)}`, nowMs, untilMs: nowMs + ONCE_IN_MS })
  }

  async #start(lane: string): Promise<{ readonly changed: number; readonly isWhole: boolean }> {
    let changed = 0
    let after: string | null = ''
    for (let writes = 0; after !== null && writes < WRITES_WAITED_FOR; writes++) {
      const done: Operated = await this.#hurry(lane, after)
      changed += done.changed
      after = done.next
    }
    if (changed > 0) this.#options.queued(lane)
    if (after !== null) this.#options.tasks.add('etrn.failed', this.#rest(lane, after))
    return { changed, isWhole: after === null }
  }

  async #rest(lane: string, from: string): Promise<void> {
    for (let after: string | null = from; after !== null; ) after = (await this.#hurry(lane, after)).next
  }

  async #hurry(lane: string, after: string): Promise<Operated> {
    const selection = { ...ANY_DELIVERY, lane }
    return await this.#options.db.write(operate, { operation: 'retry', selection, lanes: '[]', lane: '', after, by: 'etrn', nowMs: this.#options.clock.nowMs() })
  }

  async #askableBy(address: string): Promise<readonly RelayDomain[]> {
    if (this.#options.clock.nowMs() >= this.#knownUntilMs) await this.#learn()
    return this.#known.filter(({ from }) => from.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')).map(({ domain }) => domain)
  }

  async #learn(): Promise<void> {
    const found: Askable[] = []
    for (let after: string | null = ''; after !== null; ) {
      const page: readonly RelayDomain[] = await relayDomainsAfter(this.#options.db, after)
      for (const domain of page) if (domain.etrnFrom.length > 0) found.push({ domain, from: blockList(domain.etrnFrom) })
      after = page.at(-1)?.name ?? null
    }
    this.#known = found
    this.#knownUntilMs = this.#options.clock.nowMs() + KEEP_MS
  }
}

/** A domain by its name, by a name above it, or by that of one of its servers. RFC 1985 §5.1: a queue of another name we have not. */
function isMeant({ name, hosts }: RelayDomain, kind: EtrnNode['kind'], asked: string): boolean {
  if (kind === 'queue') return false
  if (name === asked || hosts.some((host) => host.slice(0, host.lastIndexOf(':')) === asked)) return true
  return kind === 'subdomains' && name.endsWith(`.${asked}`)
}
