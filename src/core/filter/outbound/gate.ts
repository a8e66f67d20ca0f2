import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import { type Adding, judge, type MaySend, type Usage } from './caps.ts'
import { type Caps, MAX_REMEMBERED, PENDING_MS, USAGE_MS } from './limits.ts'
import { hourOf } from './tally.ts'

/** Whose mail it is. */
export interface Sending {
  readonly account: AccountId
  readonly organization: OrganizationId
}

/** What the gate needs of the house. */
export interface GateOptions {
  /** Null: no caps, and only containment counts. */
  readonly caps: Caps | null
  /** What has been sent, by the log; null for an account that is gone. */
  readonly usage: (sending: Sending, nowMs: number) => Promise<Usage | null>
}

interface Remembered {
  readonly usage: Usage
  readonly readMs: number
}

interface Pending extends Adding {
  readonly atMs: number
}

/**
 * Decides whether an account may send more; one for each worker. What it reads is believed for a second, and what this worker has just accepted counts until the log tells of it: a
 * submission writes nothing here. What the log tells early counts twice for some seconds, and workers know of each other's mail a second later: near a cap
 * it may be a little too strict or too late.
 */
export class SendingGate {
  readonly #options: GateOptions
  readonly #known = new Map<AccountId, Remembered>()
  readonly #pending = new Map<AccountId, readonly Pending[]>()
  readonly #warned = new Map<AccountId, number>()

  constructor(options: GateOptions) {
    this.#options = options
  }

  /** Whether an account may send what it is about to: at MAIL one message, at RCPT and DATA with the recipients so far. */
  async mayStillSend(sending: Sending, facts: Adding, nowMs: number): Promise<MaySend> {
    const usage = await this.#usage(sending, nowMs)
    if (usage === null) return { kind: 'yes' } // Gone in this moment: whoever delivers for it finds no account.
    const { messages, recipients } = this.#underWay(sending.account, nowMs)
    const may = judge(usage, this.#options.caps, { messages: messages + facts.messages, recipients: recipients + facts.recipients }, nowMs)
    return may.kind === 'yes' && may.warn !== undefined && this.#hasWarned(sending.account, nowMs) ? { kind: 'yes' } : may
  }

  /** A message was accepted. */
  sent({ account }: Sending, recipients: number, nowMs: number): void {
    if (this.#options.caps === null) return
    const atMs = Math.floor(nowMs / 1_000) * 1_000 // One entry a second, however fast it goes.
    const recent = this.#recent(account, nowMs)
    const now = recent.find((each) => each.atMs === atMs)
    this.#pending.set(account, [...recent.filter((each) => each !== now), { messages: (now?.messages ?? 0) + 1, recipients: (now?.recipients ?? 0) + recipients, atMs }])
    if (this.#pending.size > MAX_REMEMBERED) forgetOldest(this.#pending)
  }

  async #usage(sending: Sending, nowMs: number): Promise<Usage | null> {
    const known = this.#known.get(sending.account)
    if (known !== undefined && Math.abs(nowMs - known.readMs) < USAGE_MS) return known.usage
    const usage = await this.#options.usage(sending, nowMs)
    if (usage === null) return null
    this.#known.set(sending.account, { usage, readMs: nowMs })
    if (this.#known.size > MAX_REMEMBERED) forgetOldest(this.#known)
    return usage
  }

  /** Once an hour is enough. */
  #hasWarned(account: AccountId, nowMs: number): boolean {
    if (this.#warned.get(account) === hourOf(nowMs)) return true
    this.#warned.set(account, hourOf(nowMs))
    if (this.#warned.size > MAX_REMEMBERED) forgetOldest(this.#warned)
    return false
  }

  #underWay(account: AccountId, nowMs: number): Adding {
    return this.#recent(account, nowMs).reduce((sum, each) => ({ messages: sum.messages + each.messages, recipients: sum.recipients + each.recipients }), { messages: 0, recipients: 0 })
  }

  #recent(account: AccountId, nowMs: number): readonly Pending[] {
    return (this.#pending.get(account) ?? []).filter(({ atMs }) => nowMs - atMs < PENDING_MS)
  }
}

function forgetOldest(map: Map<AccountId, unknown>): void {
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}
