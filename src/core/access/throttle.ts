import type { Clock } from '../../base/clock.ts'
import { clientNet, isLoopback, wideNet } from './client-net.ts'
import { FORGIVE_ONE_MS, NETS_KEPT, PATIENCE, TRUSTED_FOR_MS } from './limits.ts'
import { Recent } from './recent.ts'

/** Failures, and since when none of them has been forgiven. */
interface Failures {
  readonly count: number
  readonly atMs: number
  /** Nothing is looked at before this. */
  readonly untilMs: number
}

interface Patience {
  readonly free: number
  readonly longestMs: number
}

/** Who tries to log in, and from where. `login` is folded; it need not exist. */
export interface Attempt {
  readonly login: string
  readonly address: string
}

const FIRST_WAIT_MS = 1000
const NONE: Failures = { count: 0, atMs: 0, untilMs: 0 }

/**
 * Slows down guessing before any password is looked at: per login and client net, and per client net over all logins. Each failure
 * beyond a few doubles the wait; time forgives.
 *
 * Failures from elsewhere never count against the owner, because nothing is counted by login alone. A net from which that login
 * has succeeded is not refused for what others of that net did to other logins, and its own waits stay short.
 */
export class Throttle {
  readonly #clock: Clock
  readonly #loopback: 'exempt' | 'counted'
  readonly #logins: Recent<Failures>
  readonly #nets: Recent<Failures>
  readonly #trusted: Recent<true>

  constructor(clock: Clock, loopback: 'exempt' | 'counted') {
    this.#clock = clock
    this.#loopback = loopback
    this.#logins = new Recent(clock, NETS_KEPT)
    this.#nets = new Recent(clock, NETS_KEPT)
    this.#trusted = new Recent(clock, NETS_KEPT)
  }

  /** How long the client has to wait before its password is looked at; 0 to go on. */
  waitMs(attempt: Attempt): number {
    if (this.#isExempt(attempt)) return 0
    const { pair, net, wide } = keys(attempt)
    const until = [(this.#logins.get(pair) ?? NONE).untilMs]
    if (this.#trusted.get(pair) === null) {
      until.push((this.#nets.get(net) ?? NONE).untilMs)
      if (wide !== null) until.push((this.#nets.get(wide) ?? NONE).untilMs)
    }
    return Math.max(0, Math.max(...until) - this.#clock.nowMs())
  }

  /** Counts a wrong password. The same wrong password again is no guess: callers do not count it twice. */
  failed(attempt: Attempt): void {
    if (this.#isExempt(attempt)) return
    const { pair, net, wide } = keys(attempt)
    this.#count(this.#logins, pair, this.#trusted.get(pair) === null ? PATIENCE.login : PATIENCE.trusted)
    this.#count(this.#nets, net, PATIENCE.net)
    if (wide !== null) this.#count(this.#nets, wide, PATIENCE.wideNet)
  }

  /**
   * Notes a right password: the login's failures from there are forgiven, and the net is trusted for this login. `news` when that was not so
   * already.
   */
  succeeded(attempt: Attempt): 'news' | 'known' {
    if (this.#isExempt(attempt)) return 'known'
    const { pair } = keys(attempt)
    const known = this.#trusted.get(pair) !== null && this.#logins.get(pair) === null
    this.#logins.drop(pair)
    this.#trusted.put(pair, true, TRUSTED_FOR_MS)
    return known ? 'known' : 'news'
  }

  #count(failures: Recent<Failures>, key: string, { free, longestMs }: Patience): void {
    const nowMs = this.#clock.nowMs()
    const before = failures.get(key) ?? NONE
    const forgiven = Math.floor((nowMs - before.atMs) / FORGIVE_ONE_MS)
    const left = Math.max(0, before.count - forgiven)
    const count = left + 1
    const beyond = count - free
    const waitMs = beyond <= 0 ? 0 : Math.min(longestMs, FIRST_WAIT_MS * 2 ** Math.min(beyond - 1, 30))
    const atMs = left === 0 ? nowMs : before.atMs + forgiven * FORGIVE_ONE_MS
    failures.put(key, { count, atMs, untilMs: nowMs + waitMs }, Math.max(waitMs, count * FORGIVE_ONE_MS))
  }

  #isExempt({ address }: Attempt): boolean {
    return this.#loopback === 'exempt' && isLoopback(address)
  }
}

function keys({ login, address }: Attempt): { readonly pair: string; readonly net: string; readonly wide: string | null } {
  const net = clientNet(address)
  return { pair: `${net} ${login}`, net, wide: wideNet(address) }
}
