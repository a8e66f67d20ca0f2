import type { AccountId } from '../../base/brand.ts'
import type { Bus } from '../../infra/bus/bus.ts'

/** The topic on which a thread hears that the sessions of an account end. */
export function endingTopic(account: AccountId): string {
  return `ending:${account}`
}

/** Ends one session when its account is contained: `signal` aborts then, or when the session is asked to end anyway. */
export class Ending implements Disposable {
  readonly signal: AbortSignal
  readonly #own = new AbortController()
  readonly #bus: Bus
  #unsubscribe: (() => void) | null = null

  constructor(bus: Bus, signal: AbortSignal) {
    this.#bus = bus
    this.signal = AbortSignal.any([signal, this.#own.signal])
  }

  /** Somebody has logged in. */
  watch(account: AccountId): void {
    this.#unsubscribe?.()
    this.#unsubscribe = this.#bus.subscribe(endingTopic(account), () => this.#own.abort())
  }

  [Symbol.dispose](): void {
    this.#unsubscribe?.()
  }
}
