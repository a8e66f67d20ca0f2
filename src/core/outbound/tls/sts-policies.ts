import type { Answer } from '../../../base/dns.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { StsPolicy } from '../../../proto/mtasts/policy.ts'
import { parseStsRecord } from '../../../proto/mtasts/record.ts'
import type { FetchedPolicy, KeptPolicy, StsStore } from './sts-store.ts'

/** A fetch that failed is not tried again before that. RFC 8461 §3.3 asks for a limit, and names five minutes. */
const FAILED_MS = 5 * 60_000

/** A policy is fetched anew this often, though its id is the same. deliverability §2.7. */
const REFRESH_MS = 24 * 3_600_000

/** Domains whose failures are remembered. */
const MAX_FAILED = 10_000

/** What policies are found with. */
export interface StsOptions {
  readonly txt: (name: string, signal: AbortSignal) => Promise<Answer<string>>
  readonly fetch: (domain: string, signal: AbortSignal) => Promise<FetchedPolicy>
  readonly store: StsStore
  readonly clock: Clock
  readonly log: Log
  /** Ends all searches. One for all who ask, because an answer is shared: who leaves must not take it from the others. */
  readonly signal: AbortSignal
}

/** The MTA-STS policies of domains: kept for as long as they hold, and fetched when they change. RFC 8461 §5. */
export class StsPolicies {
  readonly #options: StsOptions
  readonly #underWay = new Map<string, Promise<StsPolicy | null>>()
  readonly #failedUntil = new Map<string, number>()

  constructor(options: StsOptions) {
    this.#options = options
  }

  /** What a domain asks for now; null when it has never said, or what it said has run out. All who ask at one time share the answer. */
  async of(domain: string): Promise<StsPolicy | null> {
    const known = this.#underWay.get(domain)
    if (known !== undefined) return await known
    const search = this.#find(domain).finally(() => this.#underWay.delete(domain))
    this.#underWay.set(domain, search)
    return await search
  }

  async #find(domain: string): Promise<StsPolicy | null> {
    const { store, clock, txt, signal } = this.#options
    const stored = await store.get(domain)
    const kept = stored !== null && stored.untilMs > clock.nowMs() ? stored : null
    if ((this.#failedUntil.get(domain) ?? 0) > clock.nowMs()) return kept?.policy ?? null
    const answer = await txt(`_mta-sts.${domain}`, signal)
    const id = answer.kind === 'found' ? parseStsRecord(answer.records) : null
    // §5.1: without a record that can be read nothing new is asked for, and what is kept holds.
    if (id === null) return kept?.policy ?? null
    if (kept !== null && kept.id === id && clock.nowMs() - kept.fetchedMs < REFRESH_MS) return kept.policy
    return await this.#refresh(domain, id, kept)
  }

  async #refresh(domain: string, id: string, kept: KeptPolicy | null): Promise<StsPolicy | null> {
    const { store, clock, fetch, log, signal } = this.#options
    const fetched = await fetch(domain, signal)
    const nowMs = clock.nowMs()
    if (fetched.kind === 'failed') {
      if (signal.aborted) return kept?.policy ?? null
      log.info('outbound.sts-fetch-failed', { domain, why: fetched.why })
      if (this.#failedUntil.size >= MAX_FAILED) this.#failedUntil.clear()
      this.#failedUntil.set(domain, nowMs + FAILED_MS)
      return kept?.policy ?? null
    }
    this.#failedUntil.delete(domain)
    await store.put(domain, { id, policy: fetched.policy, fetchedMs: nowMs, untilMs: nowMs + fetched.policy.maxAgeS * 1_000 })
    return fetched.policy
  }
}
