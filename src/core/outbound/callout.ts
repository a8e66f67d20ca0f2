import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Address } from '../../proto/mail/address.ts'
import { connect, type ConnectOptions } from './connect.ts'
import type { Target } from './targets.ts'
import { OPPORTUNISTIC } from './tls-rule.ts'

/** What a server says of an address; `unknown` when it does not answer, or puts us off. */
export type Verdict = 'yes' | 'no' | 'unknown'

/** How long an answer is believed. deliverability §2.6. */
const YES_MS = 7 * 24 * 3_600_000
const NO_MS = 2 * 3_600_000

/** An address of which nothing could be learned is not asked for again before that. */
const UNKNOWN_MS = 60_000

/** A client waits for the answer in its own session: RFC 5321 §4.5.3.2.3 gives us five minutes, and nobody likes to wait for one. */
const ASK_WITHIN_MS = 20_000

/** Questions under way to one domain. More would be an attack through us. */
const MAX_AT_ONCE = 10

/** Where answers are kept, for all threads and nodes. */
export interface CalloutStore {
  /** Null when there is none, or it is too old. */
  get(address: string, nowMs: number): Promise<Verdict | null>
  put(address: string, verdict: Verdict, untilMs: number): Promise<void>
}

/** What asking is made of. */
export interface CalloutOptions extends Pick<ConnectOptions, 'open' | 'brokenTls' | 'name'> {
  readonly store: CalloutStore
  /** The servers of a domain, less ourselves, in the order to ask them. */
  readonly targets: (domain: string, signal: AbortSignal) => Promise<readonly Target[]>
  readonly clock: Clock
  readonly log: Log
}

/** Asks the servers of a domain that we keep mail for whether they take mail for an address: "callout". Answers are kept. */
export class Callout {
  readonly #options: CalloutOptions
  readonly #underWay = new Map<string, Promise<Verdict>>()
  readonly #perDomain = new Map<string, number>()

  constructor(options: CalloutOptions) {
    this.#options = options
  }

  /** What is known, or can be learned now. All who ask for one address at a time share the answer. */
  async ask(address: Address): Promise<Verdict> {
    const { store, clock } = this.#options
    const kept = await store.get(address.text, clock.nowMs())
    if (kept !== null) return kept
    const known = this.#underWay.get(address.text)
    if (known !== undefined) return await known
    const asking = this.#learn(address).finally(() => this.#underWay.delete(address.text))
    this.#underWay.set(address.text, asking)
    return await asking
  }

  async #learn(address: Address): Promise<Verdict> {
    const { store, clock, log } = this.#options
    const domain = address.domain ?? ''
    const count = this.#perDomain.get(domain) ?? 0
    if (count >= MAX_AT_ONCE) return 'unknown'
    this.#perDomain.set(domain, count + 1)
    try {
      const verdict = await this.#askServers(address, domain, AbortSignal.timeout(ASK_WITHIN_MS))
      const keptMs = { yes: YES_MS, no: NO_MS, unknown: UNKNOWN_MS }[verdict]
      await store.put(address.text, verdict, clock.nowMs() + keptMs)
      log.debug('outbound.callout', { domain, verdict })
      return verdict
    } finally {
      const left = (this.#perDomain.get(domain) ?? 1) - 1
      if (left > 0) this.#perDomain.set(domain, left)
      else this.#perDomain.delete(domain)
    }
  }

  async #askServers(address: Address, domain: string, signal: AbortSignal): Promise<Verdict> {
    for (const target of await this.#options.targets(domain, signal)) {
      const verdict = await this.#askServer(address, target, signal)
      if (verdict !== 'unknown' || signal.aborted) return verdict
    }
    return 'unknown'
  }

  async #askServer(address: Address, target: Target, signal: AbortSignal): Promise<Verdict> {
    const { open, clock, brokenTls, name } = this.#options
    const options: ConnectOptions = { open, clock, brokenTls, name, flavour: 'smtp', from: null, security: 'plain', rule: OPPORTUNISTIC, login: null, connectWithinMs: ASK_WITHIN_MS }
    const { result } = await connect(target, options, signal)
    if (result.kind !== 'connected') return 'unknown'
    const { client } = result.connection
    const heard = await client.verify(address, signal)
    await client.quit(signal)
    // A refusal of the null sender says nothing of the address.
    if (heard === null || heard.to === 'mail') return 'unknown'
    if (heard.reply.code < 300) return 'yes'
    return heard.reply.code >= 500 ? 'no' : 'unknown'
  }
}
