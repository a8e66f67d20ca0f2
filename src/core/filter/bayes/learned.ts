import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Mark } from './junked-before.ts'
import { FRESH_MS, MARK_MS, MAX_CHANGES, MAX_HELD_ACCOUNTS, MAX_HELD_TOKENS } from './limits.ts'
import type { Tokens } from './token-set.ts'
import { TokenTable } from './token-table.ts'
import { unitsAt } from './weight.ts'

/** On the bus: `accounts`, parted by blanks, taught something. */
export const LEARNED_TOPIC = 'learned'

/** A scope's ids; everybody's are empty. */
type Scope = Readonly<Record<'organization' | 'account', string>>

/** One change of a scope: a message more, or with negative numbers one less. In units of `unitsAt`. */
export interface ScopeChange {
  readonly revision: number
  readonly spam: number
  readonly ham: number
  readonly tokens: Tokens
}

/** What memory needs of storage. `sql-learned.ts` is the one implementation. */
export interface LearnedStore {
  /** Counts the changes of a scope; 0 when nobody taught it. */
  revision(scope: Scope): Promise<number>
  /** The whole of a scope, its counts divided by `units`, and the revision it is of. */
  table(scope: Scope, units: number): Promise<{ readonly table: TokenTable; readonly revision: number }>
  /** The changes after a revision, oldest first, at most `MAX_CHANGES`; older ones may be gone. */
  changes(scope: Scope, revision: number): Promise<readonly ScopeChange[]>
  /** The newest marks. */
  marks(scope: Scope, sinceMs: number): Promise<readonly Mark[]>
}

/** What is known to a worker of the recipient of a message. */
export interface Knowledge {
  readonly global: TokenTable | null
  readonly account: TokenTable | null
  readonly marks: readonly Mark[]
}

/** A scope in memory. */
interface Held {
  readonly table: TokenTable
  readonly marks: readonly Mark[]
  readonly revision: number
  readonly units: number
  readonly askedMs: number
}

const EVERYBODY: Scope = { organization: '', account: '' }

/**
 * What has been learned, in a worker's memory: read when it is first needed, believed until a hint says that it changed (or for a minute, since hints get lost), then
 * brought up to date by the changes alone. Holds everybody's scope and the accounts that were asked for last, within limits. Throws `Unavailable` with the database.
 */
export class Learned {
  readonly #store: LearnedStore
  readonly #clock: Clock
  /** By account, in the order of their last use. */
  readonly #held = new Map<string, Held>()
  /** Two that ask at once for the same wait for one answer. */
  readonly #asked = new Map<string, Promise<Held>>()
  /** Told of a change while they were being asked: the answer may be from before it. */
  readonly #changedMeanwhile = new Set<string>()

  constructor(store: LearnedStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** What is known for a recipient; `account` null: what everybody taught. */
  async of(recipient: { readonly organization: OrganizationId; readonly account: AccountId } | null): Promise<Knowledge> {
    const nowMs = this.#clock.nowMs()
    const global = this.#atHand(EVERYBODY.account, nowMs) ?? (await this.#fresh(EVERYBODY))
    const own = recipient === null ? null : (this.#atHand(recipient.account, nowMs) ?? (await this.#fresh({ organization: recipient.organization, account: recipient.account })))
    return { global: tableOf(global), account: own === null ? null : tableOf(own), marks: own?.marks ?? [] }
  }

  /** A hint that these accounts taught something: they, and everybody's scope, are asked again when they are needed. */
  stale(accounts: readonly string[]): void {
    for (const key of [EVERYBODY.account, ...accounts]) {
      const held = this.#held.get(key)
      if (held !== undefined) this.#held.set(key, { ...held, askedMs: Number.NEGATIVE_INFINITY })
      if (this.#asked.has(key)) this.#changedMeanwhile.add(key)
    }
  }

  /** What the tables take, in bytes. */
  get bytes(): number {
    let sum = 0
    for (const { table } of this.#held.values()) sum += table.bytes
    return sum
  }

  /** What need not be asked for again, or null; it is the last used from now on. */
  #atHand(key: string, nowMs: number): Held | null {
    const held = this.#held.get(key)
    if (held === undefined) return null
    this.#held.delete(key)
    this.#held.set(key, held)
    return nowMs - held.askedMs < FRESH_MS ? held : null
  }

  async #fresh(scope: Scope): Promise<Held> {
    const key = scope.account
    const nowMs = this.#clock.nowMs()
    const held = this.#held.get(key) ?? null
    const asked = this.#asked.get(key)
    if (asked !== undefined) return await asked
    const asking = this.#bringUp(scope, held, nowMs)
    this.#asked.set(key, asking)
    try {
      const fresh = await asking
      this.#held.delete(key)
      this.#held.set(key, this.#changedMeanwhile.has(key) ? { ...fresh, askedMs: Number.NEGATIVE_INFINITY } : fresh)
      this.#forget()
      return fresh
    } finally {
      this.#asked.delete(key)
      this.#changedMeanwhile.delete(key)
    }
  }

  /** The scope as it is now. */
  async #bringUp(scope: Scope, held: Held | null, nowMs: number): Promise<Held> {
    const units = unitsAt(nowMs)
    const revision = await this.#store.revision(scope)
    if (held !== null && held.units === units) {
      if (held.revision === revision) return { ...held, askedMs: nowMs }
      const missed = revision - held.revision
      const changes = missed > 0 && missed <= MAX_CHANGES ? await this.#store.changes(scope, held.revision) : []
      if (changes[0]?.revision === held.revision + 1) {
        for (const { spam, ham, tokens } of changes) held.table.learn(tokens, spam / units, ham / units)
        return { ...held, marks: await this.#marks(scope, nowMs), revision: changes.at(-1)?.revision ?? revision, askedMs: nowMs }
      }
    }
    // Most accounts never taught anything.
    if (revision === 0) return { table: new TokenTable(), marks: [], revision, units, askedMs: nowMs }
    const marks = await this.#marks(scope, nowMs)
    return { ...(await this.#store.table(scope, units)), marks, units, askedMs: nowMs }
  }

  async #marks(scope: Scope, nowMs: number): Promise<readonly Mark[]> {
    return scope === EVERYBODY ? [] : await this.#store.marks(scope, nowMs - MARK_MS)
  }

  /** Lets the accounts go that were used longest ago, until the rest fits. Everybody's scope stays. */
  #forget(): void {
    let tokens = 0
    for (const [key, { table }] of this.#held) if (key !== EVERYBODY.account) tokens += table.size
    for (const [key, { table }] of this.#held) {
      if (this.#held.size <= MAX_HELD_ACCOUNTS && tokens <= MAX_HELD_TOKENS) return
      if (key === EVERYBODY.account) continue
      this.#held.delete(key)
      tokens -= table.size
    }
  }
}

/** A scope that nobody taught is not asked. */
function tableOf({ table }: Held): TokenTable | null {
  return table.spam + table.ham > 0 ? table : null
}
