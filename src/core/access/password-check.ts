import { createHmac } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { Hashing, type HashingLimits } from './hashing.ts'
import { ANSWERS_KEPT, RIGHT_FOR_MS, WRONG_FOR_MS } from './limits.ts'
import { NOBODY, verifyPassword } from './password.ts'
import { Recent } from './recent.ts'
import type { Credential, LoginRecord } from './store.ts'
import type { Attempt, Throttle } from './throttle.ts'
import { asAppPassword, hashToken, sameHash } from './token.ts'

/** What became of checking a password. */
export type Checked =
  | { readonly kind: 'right'; readonly credential: Credential }
  | { readonly kind: 'wrong' }
  /** Too many hashes wait. */
  | { readonly kind: 'busy' }
  /** Others guessed from there while this one waited. */
  | { readonly kind: 'throttled' }

const WRONG: Checked = { kind: 'wrong' }

/** What checking passwords is made of. */
export interface PasswordCheckOptions {
  readonly clock: Clock
  readonly throttle: Throttle
  readonly limits: HashingLimits
  /** The installation's: see `AccessOptions`. */
  readonly secret: Uint8Array
  /** Counts a wrong password; `key` names it without telling it. */
  readonly failed: (attempt: Attempt, key: string) => void
}

/** Checks passwords at the least cost: app passwords by one digest, answers of a moment ago from memory, the rest by Argon2id in turn. */
export class PasswordCheck {
  readonly #clock: Clock
  readonly #throttle: Throttle
  readonly #hashing: Hashing
  readonly #right: Recent<true>
  readonly #wrong: Recent<true>
  readonly #running = new Map<string, Promise<Checked>>()
  readonly #failed: PasswordCheckOptions['failed']
  /**
   * Answers are remembered under a keyed hash, so that memory holds no password and nothing to look one up by. All workers have the same key:
   * they tell each other of wrong ones.
   */
  readonly #key: Uint8Array

  constructor({ clock, throttle, limits, secret, failed }: PasswordCheckOptions) {
    this.#clock = clock
    this.#throttle = throttle
    this.#hashing = new Hashing(limits)
    this.#right = new Recent(clock, ANSWERS_KEPT)
    this.#wrong = new Recent(clock, ANSWERS_KEPT)
    this.#failed = failed
    this.#key = createHmac('sha256', secret).update('remembered passwords').digest()
  }

  /** Hashes of passwords running and waiting, for the metrics. */
  get load(): number {
    return this.#hashing.load
  }

  /** Runs other slow work of this kind in its turn. */
  get hashing(): Hashing {
    return this.#hashing
  }

  /**
   * Checks a prepared password against what the login has; `record` is null for an unknown login, which costs the same. A wrong one
   * is counted by the throttle, the same wrong one only once: a device with an old password does not shut its owner out.
   */
  async check(attempt: Attempt, record: LoginRecord | null, password: string): Promise<Checked> {
    const nowMs = this.#clock.nowMs()
    const valid = (record?.credentials ?? []).filter(({ expiresMs }) => expiresMs === null || expiresMs > nowMs)
    const app = matchingApp(valid, password)
    if (app !== null) return { kind: 'right', credential: app }
    const own = valid.find(({ kind }) => kind === 'password') ?? null
    const key = this.#keyOf(attempt.login, record?.version ?? 0, own?.id ?? '', password)
    if (own !== null && this.#right.get(key) !== null) return { kind: 'right', credential: own }
    if (this.#wrong.get(key) !== null) return WRONG
    const running = this.#running.get(key)
    if (running !== undefined) return await running
    const check = this.#hash(attempt, own, key, password)
    this.#running.set(key, check)
    try {
      return await check
    } finally {
      this.#running.delete(key)
    }
  }

  /** Remembers a wrong password that another worker met; false when it was known here. */
  learnWrong(key: string): boolean {
    if (this.#wrong.get(key) !== null) return false
    this.#wrong.put(key, true, WRONG_FOR_MS)
    return true
  }

  async #hash(attempt: Attempt, own: Credential | null, key: string, password: string): Promise<Checked> {
    const done = await this.#hashing.run(async (): Promise<Checked> => {
      if (this.#throttle.waitMs(attempt) > 0) return { kind: 'throttled' }
      const matches = await verifyPassword(password, own?.secret ?? NOBODY)
      if (own !== null && matches) {
        this.#right.put(key, true, RIGHT_FOR_MS)
        return { kind: 'right', credential: own }
      }
      this.#wrong.put(key, true, WRONG_FOR_MS)
      // Counted before the next in the queue begins, so that guesses sent all at once gain nothing.
      this.#failed(attempt, key)
      return WRONG
    })
    return done.ok ? done.value : { kind: 'busy' }
  }

  /** The version makes every remembered answer void when a credential changes; the credential, because not every protocol takes the same ones. */
  #keyOf(login: string, version: number, credential: string, password: string): string {
    return createHmac('sha256', this.#key).update(JSON.stringify([login, version, credential, password])).digest('base64')
  }
}

/** Looks at every app password, so that the time does not tell which one was near. */
function matchingApp(valid: readonly Credential[], password: string): Credential | null {
  const token = asAppPassword(password)
  if (token === null) return null
  const hash = hashToken(token)
  let found: Credential | null = null
  for (const credential of valid) {
    if (credential.kind === 'app' && sameHash(hash, credential.secret)) found = credential
  }
  return found
}
