import type { Clock } from '../../../base/clock.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../base/duration.ts'
import { clientNet, isLoopback } from '../../access/client-net.ts'
import { Recent } from '../../access/recent.ts'
import {
  CLIENTS_KEPT, MAX_CONNECTIONS_A_MINUTE, MAX_CONNECTIONS_PER_CLIENT, MAX_UNKNOWN_AN_HOUR, MAX_UNKNOWN_IN_SESSION, SHED_AT, TARPIT_MS,
} from './limits.ts'

/** How a guard is set up. */
export interface ClientGuardOptions {
  readonly clock: Clock
  /** A demo exempts loopback: all its clients come from there. */
  readonly loopback: 'exempt' | 'counted'
  /** How many connections there may be in all. */
  readonly maxConnections: number
}

/** Whether a connection may stay: `many` of that client at once, too `fast`, or we are `full`. */
export type Admission = 'welcome' | 'many' | 'fast' | 'full'

/** What becomes of a client that named unknown recipients: its reply waits, and then it has to leave. */
export type HarvestVerdict = { readonly kind: 'fine' } | { readonly kind: 'leave'; readonly afterMs: number }

/** Something that fills up and leaks out with time. */
interface Level {
  readonly amount: number
  readonly atMs: number
}

/**
 * Keeps single clients from taking all of a worker: how many connections, how fast, and how many guesses at recipients; and remembers whose mail was wanted. In memory, one for
 * each worker, so limits are a worker's own. A client is an address of IPv4 or a /64 of IPv6, which is what one customer is given.
 */
export class ClientGuard {
  readonly #options: ClientGuardOptions
  readonly #open = new Map<string, number>()
  readonly #rates: Recent<Level>
  readonly #unknown: Recent<Level>
  readonly #known: Recent<true>
  #total = 0

  constructor(options: ClientGuardOptions) {
    this.#options = options
    this.#rates = new Recent(options.clock, CLIENTS_KEPT)
    this.#unknown = new Recent(options.clock, CLIENTS_KEPT)
    this.#known = new Recent(options.clock, CLIENTS_KEPT)
  }

  /** Counts a connection. Only after `welcome` must `left` be called, once. */
  connected(address: string): Admission {
    const client = clientOf(address)
    const open = this.#open.get(client) ?? 0
    if (!this.#isExempt(address)) {
      const rate = this.#fill(this.#rates, client, MAX_CONNECTIONS_A_MINUTE, MINUTE_MS)
      if (rate > MAX_CONNECTIONS_A_MINUTE) return 'fast'
      if (open >= MAX_CONNECTIONS_PER_CLIENT) return 'many'
      if (open > 0 && this.#total >= this.#options.maxConnections * SHED_AT) return 'full'
    }
    if (this.#total >= this.#options.maxConnections) return 'full'
    this.#open.set(client, open + 1)
    this.#total += 1
    return 'welcome'
  }

  /** A connection that was welcome has ended. */
  left(address: string): void {
    const client = clientOf(address)
    const open = this.#open.get(client) ?? 0
    if (open === 0) return
    this.#total -= 1
    if (open === 1) this.#open.delete(client)
    else this.#open.set(client, open - 1)
  }

  /** Counts a recipient that is not there; `inSession` are those of this session, this one included. */
  namedUnknown(address: string, inSession: number): HarvestVerdict {
    if (this.#isExempt(address)) return { kind: 'fine' }
    const level = this.#fill(this.#unknown, clientOf(address), MAX_UNKNOWN_AN_HOUR, HOUR_MS)
    return level > MAX_UNKNOWN_AN_HOUR || inSession > MAX_UNKNOWN_IN_SESSION ? { kind: 'leave', afterMs: TARPIT_MS } : { kind: 'fine' }
  }

  /** Mail that a client brought was wanted: for a day it is known. */
  tookFrom(address: string): void {
    this.#known.put(clientOf(address), true, DAY_MS)
  }

  /** Was mail of this client wanted in the last day? */
  isKnown(address: string): boolean {
    return this.#known.get(clientOf(address)) !== null
  }

  /** How many clients have connections, for the metrics. */
  get clients(): number {
    return this.#open.size
  }

  /** Adds one to a level that leaks `max` in `perMs`. It does not rise above the limit by more than one: who stops is forgiven soon. */
  #fill(levels: Recent<Level>, key: string, max: number, perMs: number): number {
    const nowMs = this.#options.clock.nowMs()
    const before = levels.get(key)
    const leaked = before === null ? 0 : (Math.max(0, nowMs - before.atMs) * max) / perMs
    const amount = Math.min(max, Math.max(0, (before?.amount ?? 0) - leaked)) + 1
    levels.put(key, { amount, atMs: nowMs }, perMs + perMs / max)
    return amount
  }

  #isExempt(address: string): boolean {
    return this.#options.loopback === 'exempt' && isLoopback(address)
  }
}

/** The one whose connections are counted together. */
function clientOf(address: string): string {
  const net = clientNet(address)
  return net.endsWith('/64') ? net : address
}
