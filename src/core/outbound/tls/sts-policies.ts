import type { Answer } from '../../../base/dns.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { StsPolicy } from '../../../proto/mtasts/policy.ts'
import { parseStsRecord } from '../../../proto/mtasts/record.ts'
import type { FetchedPolicy, KeptPolicy, StsFault, StsStore } from './sts-store.ts'

/** A fetch that failed is not tried again before that. RFC 8461 §3.3 asks for a limit, and names five minutes. */
const FAILED_MS = 5 * 60_000

/** A policy is fetched anew this often, though its id is the same. deliverability §2.7. */
const REFRESH_MS = 24 * 3_600_000

/** Domains whose failures, and whose answers, are remembered. */
const MAX_DOMAINS = 10_000

/** An answer is good for so long without asking the database and DNS again. A new policy waits no longer than that. */
const FRESH_MS = 60_000

/** What policies are found with. */
export interface StsOptions {
  readonly txt: (name: string, signal: AbortSignal) => Promise<Answer<string>>
  readonly fetch: (domain: string, signal: AbortSignal) => Promise<FetchedPolicy>
  /** Told of each fetch that failed. */
  readonly failed: (domain: string, result: StsFault) => void
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
  readonly #fresh = new Map<string, { readonly untilMs: number; readonly policy: StsPolicy | null }>()

  constructor(options: StsOptions) {
    this.#options = options
  }

  /** What a domain asks for now; null when it has never said, or what it said has run out. All who ask at one time share the answer. */
  async of(domain: string): Promise<StsPolicy | null> {
    const fresh = this.#fresh.get(domain)
    if (fresh !== undefined && fresh.untilMs > this.#options.clock.nowMs()) return fresh.policy
    const known = this.#underWay.get(domain)
    if (known !== undefined) return await known
    const search = this.#find(domain)
      .then((kept) => this.#remember(domain, kept))
      .finally(() => this.#underWay.delete(domain))
    this.#underWay.set(domain, search)
    return await search
  }

  #remember(domain: string, kept: KeptPolicy | null): StsPolicy | null {
    const freshMs = this.#options.clock.nowMs() + FRESH_MS
    if (this.#fresh.size >= MAX_DOMAINS) this.#fresh.clear()
    this.#fresh.set(domain, { untilMs: Math.min(freshMs, kept?.untilMs ?? freshMs), policy: kept?.policy ?? null })
    return kept?.policy ?? null
  }

  async #find(domain: string): Promise<KeptPolicy | null> {
    const { store, clock, txt, signal } = this.#options
    const stored = await store.get(domain)
    const kept = stored !== null && stored.untilMs > clock.nowMs() ? stored : null
    if ((this.#failedUntil.get(domain) ?? 0) > clock.nowMs()) return kept
    const answer = await txt(`_mta-sts.${domain}`, signal)
    const id = answer.kind === 'found' ? parseStsRecord(answer.records) : null
    // §5.1: without a record that can be read nothing new is asked for, and what is kept holds.
    if (id === null) return kept
    if (kept !== null && kept.id === id && clock.nowMs() - kept.fetchedMs < REFRESH_MS) return kept
    return await this.#refresh(domain, id, kept)
  }

  async #refresh(domain: string, id: string, kept: KeptPolicy | null): Promise<KeptPolicy | null> {
    const { store, clock, fetch, log, failed, signal } = this.#options
    const fetched = await fetch(domain, signal)
    const nowMs = clock.nowMs()
    if (fetched.kind === 'failed') {
      if (signal.aborted) return kept
      log.info('outbound.sts-fetch-failed', { domain, why: fetched.why })
      failed(domain, fetched.result)
      if (this.#failedUntil.size >= MAX_DOMAINS) this.#failedUntil.clear()
      this.#failedUntil.set(domain, nowMs + FAILED_MS)
      return kept
    }
    this.#failedUntil.delete(domain)
    const next = { id, policy: fetched.policy, fetchedMs: nowMs, untilMs: nowMs + fetched.policy.maxAgeS * 1_000 }
    await store.put(domain, next)
    return next
  }
}
