import type { Clock } from '../base/clock.ts'
import { MINUTE_MS } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import { clientNet } from '../core/access/client-net.ts'
import { Recent } from '../core/access/recent.ts'
import { type BucketState, fullBucket, takeFrom } from '../core/pool/bucket.ts'
import type { Rate } from '../core/pool/rate.ts'
import { agentOf, type Hit } from '../core/track/hit.ts'
import { NOTED_A_MINUTE, REMEMBERED, REQUESTS_A_SECOND, REQUESTS_AT_ONCE, STOPS_A_SECOND, STOPS_AT_ONCE } from '../core/track/limits.ts'
import { noteHit, trackedMessage } from '../core/track/sql.ts'
import { HONEYPOT, readToken, type Token, type TokenKind } from '../core/track/token.ts'
import type { Database } from '../infra/db/database.ts'
import type { HttpAnswer, HttpRequest } from '../infra/http/request.ts'
import type { Handler } from '../infra/http/routes.ts'
import { languageOf } from './page/frame.ts'
import { sayingAnswer } from './page/preference.ts'
import { answerUnsubscribe } from './unsubscribe.ts'

/** What answers for addresses in mail are made with. */
export interface TrackOptions {
  readonly db: Database
  readonly clock: Clock
  readonly secret: Uint8Array
  readonly log: Log
  /** Whether a Host field names us, as links and pictures do now. Whoever unsubscribes may come by any name: his message may be two years old. */
  readonly isOurHost: (host: string) => Promise<boolean>
}

/** A picture of one pixel that shows nothing: GIF89a. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64')
const OF_NET: Allowed = { rate: { count: REQUESTS_A_SECOND, perMs: 1_000 }, atOnce: REQUESTS_AT_ONCE }
const OF_STOP: Allowed = { rate: { count: STOPS_A_SECOND, perMs: 1_000 }, atOnce: STOPS_AT_ONCE }
const TOO_OFTEN: HttpAnswer = { status: 429, headers: { 'retry-after': '1' } }
const NOT_FOUND: HttpAnswer = { status: 404, body: 'Not found.\n' }
const RETRY = { 'retry-after': '60' }

/** How often something may be asked for. */
interface Allowed {
  readonly rate: Rate
  readonly atOnce: number
}

const PATH = /^\/t\/(?:o\/([\w-]{44})\.gif|c\/([\w-]{44})|u\/([\w-]{44}))$/

/**
 * Everything below `/t`: pictures, links and one-click unsubscription of mail that we sent. What is no token of ours is 404 before anybody asks the database; who
 * has an address of ours learns nothing from the answer that the message did not say. When the database is silent, pictures still come, and everybody else is asked to come again.
 */
export function trackHandler(options: TrackOptions): Handler {
  const tracker = new Tracker(options)
  return (request) => tracker.answer(request)
}

class Tracker {
  readonly #options: TrackOptions
  /** Hits on a token within the last minute. */
  readonly #noted: Recent<number>
  readonly #nets: Recent<BucketState>
  readonly #stops: Recent<BucketState>

  constructor(options: TrackOptions) {
    this.#options = options
    this.#noted = new Recent(options.clock, REMEMBERED)
    this.#nets = new Recent(options.clock, REMEMBERED)
    this.#stops = new Recent(options.clock, REMEMBERED)
  }

  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const { isOurHost, secret } = this.#options
    const { host } = request.headers
    const [, open, click, stop] = PATH.exec(request.path) ?? []
    const text = open ?? click ?? stop
    const signed = text === undefined ? null : readToken(text, secret)
    const token = signed?.kind === kindOf(open, click) ? signed : null
    // The token is proof enough: it works for as long as it is known, whatever we are called by then, and waits for no pictures of others. RFC 8058 §3.2, deliverability §4.8.
    if (token?.kind === 'unsubscribe') return this.#mayAsk(this.#stops, text ?? '', OF_STOP) ? await answerUnsubscribe(this.#options, request, token) : TOO_OFTEN
    if (!this.#mayAsk(this.#nets, clientNet(request.address), OF_NET)) return TOO_OFTEN
    if (token === null || typeof host !== 'string' || !(await isOurHost(host))) return NOT_FOUND
    if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, headers: { allow: 'GET' } }
    return token.kind === 'open' ? await this.#open(request, token, text ?? '') : await this.#follow(request, token, text ?? '')
  }

  async #open(request: HttpRequest, token: Token, text: string): Promise<HttpAnswer> {
    await this.#note(request, token, text)
    return { status: 200, headers: { 'content-type': 'image/gif', 'cache-control': 'no-store, private' }, body: PIXEL }
  }

  /** The target comes from our own row, never from the address: it leads nowhere that the sender did not write. */
  async #follow(request: HttpRequest, token: Token, text: string): Promise<HttpAnswer> {
    const { db, log } = this.#options
    const language = languageOf(request.query, String(request.headers['accept-language'] ?? ''))
    const tracked = await trackedMessage(db, token.message).catch((error: unknown) => {
      log.warn('track.failed', { kind: 'click', error })
      return 'silent' as const
    })
    if (tracked === 'silent') return sayingAnswer(503, 'later', language, RETRY)
    if (tracked === null) return NOT_FOUND
    const target = tracked.links[token.link]
    if (target === undefined && token.link !== HONEYPOT) return NOT_FOUND
    if (isAhead(request.headers)) return { status: 503, headers: { 'cache-control': 'no-store, private', vary: 'sec-purpose' } }
    await this.#note(request, token, text)
    if (target === undefined) return { status: 204 }
    return { status: 302, headers: { location: target, 'cache-control': 'no-store, private', 'referrer-policy': 'no-referrer' } }
  }

  /** A hit that cannot be noted is lost: its reader sees the same. */
  async #note({ method, headers, address }: HttpRequest, { kind, message, recipient, link }: Token, text: string): Promise<void> {
    const { db, clock, log } = this.#options
    const noted = this.#noted.get(text) ?? 0
    if (kind === 'unsubscribe' || noted >= NOTED_A_MINUTE) return
    this.#noted.put(text, noted + 1, MINUTE_MS)
    const agent = headers['user-agent']
    const hit: Hit = { atMs: clock.nowMs(), kind, link, method: method === 'HEAD' ? 'HEAD' : 'GET', agent: agentOf(typeof agent === 'string' ? agent : undefined, address) }
    try {
      await db.write(noteHit, { message, recipient, hit })
    } catch (error) {
      log.warn('track.failed', { kind, error })
    }
  }

  #mayAsk(asked: Recent<BucketState>, by: string, { rate, atOnce }: Allowed): boolean {
    const nowMs = this.#options.clock.nowMs()
    const bucket = asked.get(by) ?? fullBucket(rate, atOnce, nowMs)
    asked.put(by, bucket, MINUTE_MS)
    return takeFrom(bucket, rate, atOnce, nowMs) === 'go'
  }
}

/**
 * Whether a browser loads what its reader may follow and has not (Fetch, `Sec-Purpose`). It drops what is no success, and asks again when the link is followed: noted now, it
 * would be a click that nobody made; let through and not noted, one that is never seen.
 */
function isAhead(headers: HttpRequest['headers']): boolean {
  return /^prefetch\b/i.test(String(headers['sec-purpose'] ?? headers['purpose'] ?? ''))
}

function kindOf(open: string | undefined, click: string | undefined): TokenKind {
  if (open !== undefined) return 'open'
  return click === undefined ? 'unsubscribe' : 'click'
}
