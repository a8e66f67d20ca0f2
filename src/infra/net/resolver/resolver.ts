import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import { isLasting } from '../../../base/dns.ts'
import type { Answer, Failed, FailedWhy } from '../../../base/dns.ts'
import { Cache, isFresh } from './cache.ts'
import { chase } from './chase.ts'
import type { DnsServer } from './exchange.ts'
import { DEADLINE, Flights } from './flights.ts'
import { Gate } from './gate.ts'
import {
  FAILURE_TTL_MS, FIRST_TRY_MS, LOOKUP_WITHIN_MS, MAX_CACHED, MAX_CACHED_BYTES, MAX_IN_FLIGHT, MAX_WAITING, SELF_TEST_WITHIN_MS,
  STALE_FOR_MS, STALE_TTL_MS,
} from './limits.ts'
import { queryName } from './name.ts'
import { A, AAAA, CAA, CNAME, MX, PTR, SRV, TLSA, TXT } from './record.ts'
import type { Kind } from './record.ts'
import type { Caa, Mx, Srv, Tlsa } from '../../../base/dns.ts'
import { reverseName } from './reverse.ts'
import { PUBLIC_TEST_NAMES, testValidation, untested } from './self-test.ts'
import type { DnssecState, TestNames, Validating } from './self-test.ts'
import { Upstream } from './upstream.ts'

/** How names are resolved. */
export interface ResolverOptions {
  /** At least one, in order of preference: the configured ones, or `systemServers()`. */
  readonly servers: readonly DnsServer[]
  /** Whether their AD bit may be believed, once `selfTest` has passed. */
  readonly validating: Validating
  /** What `selfTest` asks for; `PUBLIC_TEST_NAMES` unless said. */
  readonly testNames?: TestNames
  readonly clock: Clock
  readonly log: Log
  /** Hears of each question that was asked and not answered. */
  readonly failed?: (why: FailedWhy) => void
  /** A whole lookup. */
  readonly withinMs?: number
  /** The first try at a server. */
  readonly firstTryMs?: number
  /** Lookups on the wire at one time, and those that wait for it. */
  readonly inFlight?: number
  readonly waiting?: number
}

/**
 * Our DNS client: asks recursive servers, keeps what they say for as long as they say, and tells absence from trouble. One for
 * each worker. Names are A-labels. No method rejects for what a server does or a name looks like: see `Answer`.
 *
 * An aborted `signal` is `failed` with `aborted`, and counts for nobody else who waits for the same answer.
 */
export class DnsResolver implements Disposable {
  readonly #options: ResolverOptions
  readonly #upstream: Upstream
  readonly #answers = new Cache<Answer<unknown>>({ entries: MAX_CACHED, bytes: MAX_CACHED_BYTES })
  /** Apart, so that a failure does not push out the answer that may stand in for it. */
  readonly #failures = new Cache<Failed>({ entries: MAX_CACHED, bytes: MAX_CACHED_BYTES })
  readonly #flights = new Flights()
  readonly #gate: Gate
  #dnssec: DnssecState
  #isClosed = false

  constructor(options: ResolverOptions) {
    this.#options = options
    this.#upstream = new Upstream(options.servers, options.firstTryMs ?? FIRST_TRY_MS)
    this.#gate = new Gate(options.inFlight ?? MAX_IN_FLIGHT, options.waiting ?? MAX_WAITING)
    this.#dnssec = untested(options.validating)
  }

  /** Mail exchangers, unsorted. An exchange of `''` is the root: null MX (RFC 7505). RFC 5321 §5.1. */
  mx(name: string, signal: AbortSignal): Promise<Answer<Mx>> {
    return this.#resolve(name, MX, signal)
  }

  /** IPv4 or IPv6 addresses of a host, written plainly. */
  addresses(name: string, family: 4 | 6, signal: AbortSignal): Promise<Answer<string>> {
    return this.#resolve(name, family === 4 ? A : AAAA, signal)
  }

  /** Text records, the strings of each joined, a character for each byte: see `TXT`. */
  txt(name: string, signal: AbortSignal): Promise<Answer<string>> {
    return this.#resolve(name, TXT, signal)
  }

  /** Names of an address, unverified: whoever holds the address writes what he likes. `bad-name` when it is no address. */
  ptr(address: string, signal: AbortSignal): Promise<Answer<string>> {
    return this.#resolve(reverseName(address) ?? '', PTR, signal)
  }

  /** Certificates to expect, at a name such as `_25._tcp.mx.example`. Without `authentic` they mean nothing. RFC 7672 §2.2. */
  tlsa(name: string, signal: AbortSignal): Promise<Answer<Tlsa>> {
    return this.#resolve(name, TLSA, signal)
  }

  /** Places of a service, at a name such as `_submission._tcp.example.org`. */
  srv(name: string, signal: AbortSignal): Promise<Answer<Srv>> {
    return this.#resolve(name, SRV, signal)
  }

  /** Who may issue certificates for this very name; its parents are asked by whoever climbs. RFC 8659 §3. */
  caa(name: string, signal: AbortSignal): Promise<Answer<Caa>> {
    return this.#resolve(name, CAA, signal)
  }

  /**
   * Mail exchangers as they are when the servers are told not to validate (RFC 4035 §3.2.2): SERVFAIL that goes away with it was a bad
   * signature. For finding out, never for mail: not kept, and not authentic.
   */
  async uncheckedMx(name: string, signal: AbortSignal): Promise<Answer<Mx>> {
    const asked = queryName(name)
    if (asked === null) return { kind: 'failed', why: 'bad-name', detail: `${JSON.stringify(name.slice(0, 300))} cannot be asked for` }
    const within = AbortSignal.any([signal, AbortSignal.timeout(this.#options.withinMs ?? LOOKUP_WITHIN_MS)])
    const { answer } = await chase(this.#upstream, asked, MX, 'unchecked', within)
    return answer.kind === 'failed' ? answer : { ...answer, authentic: false }
  }

  /** The alias itself, not followed: one record, or `none` when the name is no alias. */
  cname(name: string, signal: AbortSignal): Promise<Answer<string>> {
    return this.#resolve(name, CNAME, signal)
  }

  /** Whether answers may be `authentic`, as of the last self-test. */
  get dnssec(): DnssecState {
    return this.#dnssec
  }

  /**
   * Finds out whether the servers validate, as they were declared to: a signed name must be marked authentic and a broken one
   * refused, by each of them. Until it has passed nothing is authentic. To be run at the start, soon again when there was `no-answer`, and
   * now and then. Gives what holds from now on.
   *
   * A later test that fails ends what was on, but one without an answer does not: whoever can silence the test names could
   * turn DANE off with it.
   */
  async selfTest(signal: AbortSignal): Promise<DnssecState> {
    const { servers, validating, testNames, log } = this.#options
    const before = this.#dnssec
    const state = await testValidation(servers, validating, testNames ?? PUBLIC_TEST_NAMES, SELF_TEST_WITHIN_MS, signal)
    if (before.kind === 'on' && state.kind === 'off' && state.why === 'no-answer') {
      log.warn('resolver.self-test-unanswered', { detail: state.detail })
      return before
    }
    this.#dnssec = state
    if (state.kind === before.kind) return state
    this.#answers.clear() // What is kept was marked by the rule of before.
    log.info('resolver.dnssec-changed', { ...state })
    return state
  }

  /** Forgets all answers: after the servers changed, and for tests. */
  forget(): void {
    this.#answers.clear()
    this.#failures.clear()
  }

  /** Breaks off all lookups; later ones fail at once, with `aborted`. */
  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#flights.stop()
  }

  /** What is kept is given without a step in between: each message asks for some ten names, and most of them were asked for before. */
  #resolve<T>(given: string, kind: Kind<T>, signal: AbortSignal): Promise<Answer<T>> {
    const name = queryName(given)
    if (name === null) return Promise.resolve({ kind: 'failed', why: 'bad-name', detail: `${JSON.stringify(given.slice(0, 300))} cannot be asked for` })
    const key = `${kind.name} ${name}`
    const kept = this.#fresh<T>(key)
    if (kept !== null) return Promise.resolve(kept)
    return this.#isClosed ? Promise.resolve(aborted()) : this.#join(key, name, kind, signal)
  }

  async #join<T>(key: string, name: string, kind: Kind<T>, signal: AbortSignal): Promise<Answer<T>> {
    const within = this.#options.withinMs ?? LOOKUP_WITHIN_MS
    return (await this.#flights.join(key, within, (stop) => this.#lookUp(key, name, kind, stop), signal)) ?? aborted()
  }

  /** What we know already. Answers under a key are of that key's record type, which is what the casts say. */
  #fresh<T>(key: string): Answer<T> | null {
    const nowMs = this.#options.clock.nowMs()
    const kept = this.#answers.get(key)
    if (kept !== null && isFresh(kept, nowMs)) {
      const answer = kept.value as Answer<T>
      return answer.kind === 'failed' ? answer : { ...answer, ttlMs: kept.freshUntilMs - nowMs }
    }
    const failure = this.#failures.get(key)
    return failure !== null && isFresh(failure, nowMs) ? this.#staleOr(key, failure.value) : null
  }

  async #lookUp<T>(key: string, name: string, kind: Kind<T>, signal: AbortSignal): Promise<Answer<T>> {
    const admitted = await this.#gate.enter(signal)
    if (admitted === 'aborted') return brokenOff(signal)
    if (admitted === 'full') return { kind: 'failed', why: 'overloaded', detail: 'too many lookups are under way' }
    try {
      return await this.#ask(key, name, kind, signal)
    } finally {
      this.#gate.leave()
    }
  }

  async #ask<T>(key: string, name: string, kind: Kind<T>, signal: AbortSignal): Promise<Answer<T>> {
    const { validating, clock, log } = this.#options
    const { answer, sizeBytes, mayKeep } = await chase(this.#upstream, name, kind, validating === 'no' ? 'plain' : 'validated', signal)
    const nowMs = clock.nowMs()
    if (answer.kind !== 'failed') {
      const judged = { ...answer, authentic: answer.authentic && this.#dnssec.kind === 'on' }
      if (mayKeep) this.#answers.put(key, judged, nowMs, answer.ttlMs, sizeBytes)
      return judged
    }
    const failure = answer.why === 'aborted' ? brokenOff(signal) : answer
    if (failure.why === 'aborted') return failure
    this.#failures.put(key, failure, nowMs, FAILURE_TTL_MS, failure.detail.length)
    this.#options.failed?.(failure.why)
    log.debug('resolver.failed', { name, type: kind.name, why: failure.why, detail: failure.detail })
    return this.#staleOr(key, failure)
  }

  /**
   * An answer whose time has run out, in place of a failure that may pass. RFC 8767. Not one that was authentic: who can keep our
   * servers from answering could hold us to a certificate that was replaced.
   */
  #staleOr<T>(key: string, failure: Failed): Answer<T> {
    const kept = this.#answers.get(key)
    const nowMs = this.#options.clock.nowMs()
    if (isLasting(failure.why) || kept === null || nowMs < kept.keptAtMs || nowMs >= kept.freshUntilMs + STALE_FOR_MS) return failure
    const answer = kept.value as Answer<T>
    return answer.kind === 'found' && !answer.authentic ? { ...answer, ttlMs: STALE_TTL_MS, stale: true } : failure
  }
}

function aborted(): Failed {
  return { kind: 'failed', why: 'aborted', detail: 'nobody waits for it any more' }
}

/** Why a lookup did not go on: its own time, or those who waited. */
function brokenOff(signal: AbortSignal): Failed {
  if (signal.reason !== DEADLINE) return aborted()
  return { kind: 'failed', why: 'timeout', detail: 'no server answered in time' }
}
