import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Result } from '../../base/result.ts'
import type { TaskGroup } from '../../base/task-group.ts'
import { Unavailable } from '../../base/unavailable.ts'
import type { AuthAnswer, SaslAuthority, SaslFailure, ScramAnswer } from '../../proto/sasl/exchange.ts'
import { prepare } from '../../proto/sasl/prepare.ts'
import type { HashingLimits } from './hashing.ts'
import { foldLogin, type Identity } from './identity.ts'
import { type AccessFact, type AccessNews, NO_NEWS } from './news.ts'
import { MAX_LOGIN_CHARS, MAX_PASSWORD_CHARS, NOTE_USE_EVERY_MS } from './limits.ts'
import { type LoginProtocol, usableWith } from './usable.ts'
import { hashPassword, needsUpgrade } from './password.ts'
import { PasswordCheck } from './password-check.ts'
import { scramSecretsOf } from './scram-secrets.ts'
import type { AccessStore, Credential, LoginRecord } from './store.ts'
import { type Attempt, Throttle } from './throttle.ts'

/** What the service is made of. */
export interface AccessOptions {
  readonly store: AccessStore
  readonly clock: Clock
  readonly log: Log
  /** Takes what need not be waited for: notes of use, renewed hashes. */
  readonly tasks: TaskGroup
  readonly hashing: HashingLimits
  /** A lasting secret of this installation, at least 32 bytes, the same on every node and after every start: see `scramSecretsOf`. */
  readonly secret: Uint8Array
  /** Whether failures from this machine count. The demo and tests exempt it. */
  readonly loopback: 'exempt' | 'counted'
  /** Told of each login that was refused because it was wrong, or came too soon after wrong ones. */
  readonly refused?: (protocol: LoginProtocol) => void
  /** What other workers tell of their logins; none for one that is alone. */
  readonly news?: AccessNews
}

/** Who asks. */
export interface AccessClient {
  readonly address: string
  /** What it speaks: not every credential is for all of them. */
  readonly protocol: LoginProtocol
}

type Answer = AuthAnswer<Identity>
type Refused = Extract<Answer, { readonly kind: 'fail' }>

/**
 * Decides who may come in; one for each worker. Whoever guesses too often is refused before anything is hashed, few passwords
 * are hashed at a time, and unknown names are treated as known ones, in answer and time.
 */
export class Access {
  readonly #options: AccessOptions
  readonly #throttle: Throttle
  readonly #check: PasswordCheck
  readonly #news: AccessNews

  constructor(options: AccessOptions) {
    this.#options = options
    this.#throttle = new Throttle(options.clock, options.loopback)
    this.#news = options.news ?? NO_NEWS
    const failed = (attempt: Attempt, key: string): void => this.#failed(attempt, key)
    this.#check = new PasswordCheck({ clock: options.clock, throttle: this.#throttle, limits: options.hashing, secret: options.secret, failed })
    this.#news.hear((fact) => this.#heard(fact))
  }

  /** Password hashes running and waiting now, for the metrics. */
  get load(): number {
    return this.#check.load
  }

  /** Runs other slow hashing in its turn; `busy` at once when too much waits already. */
  async inTurn<T>(hash: () => Promise<T>): Promise<Result<T, 'busy'>> {
    return await this.#check.hashing.run(hash)
  }

  /** The authority for one client's logins. */
  authority(client: AccessClient): SaslAuthority<Identity> {
    return {
      checkPassword: (user, password) => this.#answer(client, () => this.#checkPassword(client, user, password)),
      scramSecrets: (user) => this.#answer(client, () => this.#scramSecrets(client, user)),
      scramDone: (user, credential) => this.#answer(client, () => this.#scramDone(client, user, credential)),
    }
  }

  async #checkPassword(client: AccessClient, user: string, password: string): Promise<Answer> {
    const attempt = attemptOf(client, user)
    const prepared = password.length > MAX_PASSWORD_CHARS ? null : prepare(password)
    if (attempt === null || prepared === null) return refused('credentials')
    if (this.#throttle.waitMs(attempt) > 0) return refused('throttled')
    const record = await this.#find(client, attempt)
    const checked = await this.#check.check(attempt, record, prepared)
    switch (checked.kind) {
      case 'right':
        if (record === null) return refused('credentials')
        this.#renew(record, checked.credential, prepared)
        return this.#admit(attempt, record, checked.credential)
      case 'busy':
        return refused('temporary')
      case 'throttled':
        return refused('throttled')
      default:
        return refused('credentials')
    }
  }

  async #scramSecrets(client: AccessClient, user: string): Promise<ScramAnswer> {
    const { clock, secret } = this.#options
    const attempt = attemptOf(client, user)
    if (attempt === null) return refused('credentials')
    if (this.#throttle.waitMs(attempt) > 0) return refused('throttled')
    const record = await this.#find(client, attempt)
    return { kind: 'secrets', secrets: scramSecretsOf(attempt.login, record, clock.nowMs(), secret) }
  }

  async #scramDone(client: AccessClient, user: string, credential: string | null): Promise<Answer> {
    const attempt = attemptOf(client, user)
    if (attempt === null) return refused('credentials')
    // Looked at again: proofs sent all at once must not all count as the first.
    if (this.#throttle.waitMs(attempt) > 0) return refused('throttled')
    if (credential === null) {
      this.#failed(attempt, null)
      return refused('credentials')
    }
    const record = await this.#find(client, attempt)
    const used = record?.credentials.find(({ id }) => id === credential)
    return record === null || used === undefined ? refused('credentials') : this.#admit(attempt, record, used)
  }

  async #find({ protocol }: AccessClient, { login }: Attempt): Promise<LoginRecord | null> {
    const record = await this.#options.store.findLogin(login)
    return record === null ? null : usableWith(record, protocol)
  }

  #failed(attempt: Attempt, key: string | null): void {
    this.#throttle.failed(attempt)
    this.#news.tell({ kind: 'failed', attempt, key })
  }

  #heard(fact: AccessFact): void {
    if (fact.kind === 'succeeded') {
      this.#throttle.succeeded(fact.attempt)
      return
    }
    // The same wrong password, sent to several workers at once, is one failure.
    if (fact.key !== null && !this.#check.learnWrong(fact.key)) return
    this.#throttle.failed(fact.attempt)
  }

  /** The credential was right. Whether the account may log in is told only now: nobody else may learn it. */
  #admit(attempt: Attempt, record: LoginRecord, credential: Credential): Answer {
    const { store, clock, tasks } = this.#options
    if (this.#throttle.succeeded(attempt) === 'news') this.#news.tell({ kind: 'succeeded', attempt })
    if (record.state === 'suspended') return refused('disabled')
    const nowMs = clock.nowMs()
    if (credential.usedMs === null || nowMs - credential.usedMs >= NOTE_USE_EVERY_MS) {
      tasks.add('access.note_failed', store.noteUse(record.account, credential.id, nowMs))
    }
    const { account, organization, login, role } = record
    return { kind: 'ok', identity: { account, organization, login, role, credential: credential.id, ...(credential.submission === null ? {} : { submission: credential.submission }) } }
  }

  /** A hash of earlier days is made anew while the password is at hand. Skipped when hashes wait: there will be another login. */
  #renew(record: LoginRecord, { id, kind, secret }: Credential, password: string): void {
    if (kind !== 'password' || !needsUpgrade(secret) || this.#check.load > 0) return
    const { store, tasks } = this.#options
    const renew = async (): Promise<void> => {
      const hashed = await this.#check.hashing.run(() => hashPassword(password))
      if (hashed.ok) await store.renewHash(record.account, id, secret, hashed.value)
    }
    tasks.add('access.renew_failed', renew())
  }

  /** Turns an outage into its answer, and logs how it ended: the account is in the log only by its id. */
  async #answer<A extends Answer | ScramAnswer>(client: AccessClient, work: () => Promise<A>): Promise<A | Refused> {
    const { log, refused: tell } = this.#options
    const { address, protocol } = client
    try {
      const answer = await work()
      if (answer.kind === 'fail' && COUNTED.has(answer.reason)) tell?.(protocol)
      if (answer.kind === 'fail') log.info('access.refused', { client: address, protocol, reason: answer.reason })
      if (answer.kind === 'ok') log.info('access.admitted', { client: address, protocol, account: answer.identity.account })
      return answer
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      log.warn('access.unavailable', { client: address, protocol, dependency: error.dependency })
      return refused('temporary')
    }
  }
}

/** Refusals that speak of whoever asks, not of us. */
const COUNTED: ReadonlySet<SaslFailure> = new Set(['credentials', 'throttled'])

function attemptOf({ address }: AccessClient, user: string): Attempt | null {
  const login = user.length > MAX_LOGIN_CHARS ? null : foldLogin(user)
  return login === null ? null : { login, address }
}

function refused(reason: SaslFailure): Refused {
  return { kind: 'fail', reason }
}
