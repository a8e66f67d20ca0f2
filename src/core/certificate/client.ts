import type { KeyObject } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../../base/clock.ts'
import { bindAccount, type ExternalAccount, signedBody, type Signer } from '../../proto/acme/jws.ts'
import { type Directory, type Problem, readDirectory, readProblem } from '../../proto/acme/resource.ts'
import { FIRST_POLL_MS, LONGEST_POLL_MS, MAX_NONCE_TRIES, MAX_RETRY_AFTER_MS } from './limits.ts'

/** What an authority answers. Header names are lower case. */
export type AcmeAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly why: string }

/** Asks an authority over HTTPS, once, within a limit of time and size. */
export type AskAcme = (
  request: { readonly method: 'GET' | 'HEAD' | 'POST'; readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
  signal: AbortSignal,
) => Promise<AcmeAnswer>

/** How an authority is spoken to. */
export interface ClientOptions {
  readonly directory: string
  readonly ask: AskAcme
  readonly clock: Clock
}

/** Ends an order. What an authority refuses is no bug: `orderCertificate` turns it into a value. */
export class AcmeTrouble extends Error {
  override readonly name = 'AcmeTrouble'
  /** The kind of refusal, `rateLimited` for one; null when it was none. RFC 8555 §6.7. */
  readonly type: string | null
  /** For how long it wants to be left alone; null when it does not say. */
  readonly retryAfterMs: number | null

  constructor(why: string, problem: Problem | null = null, retryAfterMs: number | null = null) {
    super(problem === null ? why : `${why}: ${problem.type}${problem.detail === '' ? '' : `: ${problem.detail}`}`)
    this.type = problem?.type ?? null
    this.retryAfterMs = retryAfterMs
  }
}

/** What was answered, when it was no refusal. */
export interface Granted {
  readonly bytes: Uint8Array
  /** The URL of what was made; null when nothing was. */
  readonly location: string | null
  /** For how long it asks us to wait; null when it does not. */
  readonly retryAfterMs: number | null
}

/** Speaks to one authority for one account: nonces, signatures, refusals. RFC 8555 §6. Throws `AcmeTrouble`. */
export class AcmeClient {
  readonly #options: ClientOptions
  readonly #directory: Directory
  readonly #key: KeyObject
  #account: string | null
  #nonce: string | null = null

  private constructor(options: ClientOptions, directory: Directory, key: KeyObject, account: string | null) {
    this.#options = options
    this.#directory = directory
    this.#key = key
    this.#account = account
  }

  /** Learns where the authority does what. §7.1.1. */
  static async open(options: ClientOptions, key: KeyObject, account: string | null, signal: AbortSignal): Promise<AcmeClient> {
    return new AcmeClient(options, await directoryOf(options, signal), key, account)
  }

  get directory(): Directory {
    return this.#directory
  }

  get key(): KeyObject {
    return this.#key
  }

  /** Sees to it that there is an account, and gives its URL. One that exists for the key is found. §7.3. */
  async register(contact: readonly string[], external: ExternalAccount | null, signal: AbortSignal): Promise<string> {
    const { newAccount } = this.#directory
    const bound = external === null ? {} : { externalAccountBinding: bindAccount(external, this.#key, newAccount) }
    this.#account = null
    const { location } = await this.post(newAccount, { termsOfServiceAgreed: true, contact: contact.map((address) => `mailto:${address}`), ...bound }, signal)
    if (location === null) throw new AcmeTrouble('the authority did not say what the account is called')
    this.#account = location
    return location
  }

  /** A signed request; POST-as-GET when `payload` is null (§6.3). A nonce that is refused is replaced (§6.5). */
  async post(url: string, payload: unknown, signal: AbortSignal): Promise<Granted> {
    const signer: Signer = this.#account === null ? { kind: 'key', key: this.#key } : { kind: 'account', key: this.#key, account: this.#account }
    for (let tries = 1; ; tries++) {
      const nonce = this.#nonce ?? (await this.#freshNonce(signal))
      this.#nonce = null
      const headers = { 'content-type': 'application/jose+json', accept: 'application/json, application/pem-certificate-chain' }
      const answer = await this.#options.ask({ method: 'POST', url, headers, body: signedBody(signer, { url, nonce }, payload) }, signal)
      if (answer.kind === 'failed') throw new AcmeTrouble(`the authority does not answer: ${answer.why}`)
      this.#nonce = headerOf(answer, 'replay-nonce')
      const retryAfterMs = retryAfterIn(answer, this.#options.clock)
      if (answer.status >= 200 && answer.status < 300) return { bytes: answer.bytes, location: headerOf(answer, 'location'), retryAfterMs }
      const problem = readProblem(answer.bytes)
      if (problem.type !== 'badNonce' || tries === MAX_NONCE_TRIES) throw new AcmeTrouble(`the authority refused (${answer.status})`, problem, retryAfterMs)
    }
  }

  /** Looks at a resource until `done` is content with it. The whole order has a limit of time: `signal`. §7.5.1. */
  async poll<T>(url: string, read: (bytes: Uint8Array) => T | null, done: (resource: T) => boolean, signal: AbortSignal): Promise<T> {
    for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_POLL_MS)) {
      const { bytes, retryAfterMs } = await this.post(url, null, signal)
      const resource = read(bytes)
      if (resource === null) throw new AcmeTrouble('the authority sent something that is not understood')
      if (done(resource)) return resource
      await wait(Math.min(retryAfterMs ?? waitMs, LONGEST_POLL_MS), undefined, { signal })
    }
  }

  async #freshNonce(signal: AbortSignal): Promise<string> {
    const answer = await this.#options.ask({ method: 'HEAD', url: this.#directory.newNonce, headers: {} }, signal)
    const nonce = answer.kind === 'failed' ? null : headerOf(answer, 'replay-nonce')
    if (nonce === null) throw new AcmeTrouble(`the authority gives no nonce${answer.kind === 'failed' ? `: ${answer.why}` : ''}`)
    return nonce
  }
}

/** Reads the directory of an authority. */
async function directoryOf({ ask, directory: url }: ClientOptions, signal: AbortSignal): Promise<Directory> {
  const answer = await ask({ method: 'GET', url, headers: { accept: 'application/json' } }, signal)
  if (answer.kind === 'failed') throw new AcmeTrouble(`the directory ${url} does not answer: ${answer.why}`)
  const directory = answer.status === 200 ? readDirectory(answer.bytes) : null
  if (directory === null) throw new AcmeTrouble(`${url} is no directory of ACME (it answered ${answer.status})`)
  return directory
}

type Answered = Extract<AcmeAnswer, { kind: 'answered' }>

function headerOf({ headers }: Answered, name: string): string | null {
  const value = headers[name]
  return typeof value === 'string' ? value : null
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterIn(answer: Answered, clock: Clock): number | null {
  const text = headerOf(answer, 'retry-after')
  if (text === null) return null
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - clock.nowMs()
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS)
}
