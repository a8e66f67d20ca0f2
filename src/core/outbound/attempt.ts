import type { Clock } from '../../base/clock.ts'
import type { Fate } from '../../proto/smtp/client/fate.ts'
import { needsSevenBit, type Outgoing, type OutgoingContent } from '../../proto/smtp/client/outgoing.ts'
import type { Reply } from '../../proto/smtp/reply.ts'
import type { TranscriptLine } from '../../proto/smtp/client/transcript.ts'
import type { Connecting, Connection, Unconnected } from './connect.ts'
import { MAX_TRIES, TRY_WITHIN_MS } from './limits.ts'
import { OBSTACLES } from './obstacles.ts'
import type { Hop } from './plan.ts'
import type { Target, Targets } from './targets.ts'
import type { Ruled } from './tls/decide.ts'
import type { TlsNote, TlsResult } from './tls/result.ts'
import { covers, policyTypeOf, type TlsRule } from './tls-rule.ts'

/** One server tried, for the trace. */
export interface Try {
  readonly host: string
  readonly address: string | null
  /** TLS version and cipher, or null. */
  readonly tls: string | null
  /** Who said what TLS it must give: `TlsRule.by`. */
  readonly policy: string
  /** Whether it greeted us, so that a message could be offered. */
  readonly greeted: boolean
  readonly startedMs: number
  readonly endedMs: number
  readonly transcript: readonly TranscriptLine[]
}

/** Where a recipient stands when the attempt is over: a fate that a server gave, or that no server was reached. */
export type Result =
  | { readonly kind: 'fate'; readonly fate: Fate; readonly host: string }
  | { readonly kind: 'unreached'; readonly why: Unreached }

/** Why no server took the message. `lasting`: none of them can ever be reached. `unwelcome`: all that were reached greeted with 5yz. `isBeyond`: all that can be reached can be from another address of ours only. */
export interface Unreached {
  readonly status: string
  readonly text: string
  readonly host: string | null
  readonly lasting: boolean
  readonly unwelcome: boolean
  readonly isBeyond?: boolean
  /** What the server said that turned us away; null when none did. */
  readonly reply: Reply | null
}

/** What an attempt came to. */
export interface Attempted {
  /** One for each recipient, in order. */
  readonly results: readonly Result[]
  readonly tries: readonly Try[]
  /** What is still open and good for another message; null when nothing is. */
  readonly connection: Connection | null
  readonly dsn: 'passed' | 'dropped'
}

/** What an attempt works with. */
export interface AttemptOptions {
  readonly clock: Clock
  /** A connection from before, to one of the hops; used first. */
  readonly reuse: Connection | null
  readonly targets: (hop: Hop, signal: AbortSignal) => Promise<Targets>
  /** What TLS a server must give for this message. */
  readonly ruleFor: (hop: Hop, signal: AbortSignal) => Promise<Ruled>
  /** What each transcript is told of the message; null for nothing. */
  readonly note: string | null
  /** The message in 7-bit lines, for a server that takes nothing else. */
  readonly sevenBit: () => Promise<OutgoingContent>
  readonly connect: (target: Target, rule: TlsRule, signal: AbortSignal) => Promise<Connecting>
  /** Told how TLS went with each server. */
  readonly tlsSeen: (seen: TlsSeen) => void
}

/** How TLS with a server went; without an address when policy kept us from asking it. */
export type TlsSeen = Pick<TlsNote, 'policy' | 'result' | 'host' | 'address'>

/**
 * Tries to hand a message over: server after server in the order of the plan, until each recipient has an answer that settles it. The
 * table of deliverability §2.5 is here and in `outcome.ts`. Never rejects for what servers do; what `content.open` throws is thrown.
 */
export async function attempt(outgoing: Outgoing, hops: readonly Hop[], options: AttemptOptions, signal: AbortSignal): Promise<Attempted> {
  const walk = new Walk(outgoing, options)
  if (options.reuse !== null) await walk.sendAgain(options.reuse, signal)
  for (const hop of hops) {
    if (walk.isOver(hop)) break
    const found = await options.targets(hop, signal)
    if (found.kind === 'none') {
      walk.skip({ status: found.status, text: found.text, host: hop.host, lasting: found.lasting, unwelcome: false, isBeyond: found.isBeyond === true, reply: null })
      continue
    }
    const ruled = await options.ruleFor(hop, signal)
    if (ruled.kind === 'skip') {
      options.tlsSeen({ policy: ruled.policy, result: ruled.result, host: hop.host, address: '' })
      walk.skip({ status: '4.7.5', text: ruled.text, host: hop.host, lasting: false, unwelcome: false, reply: null })
      continue
    }
    for (const target of found.targets) {
      if (walk.isOver(hop)) break
      await walk.tryTarget(target, ruled.rule, signal)
    }
  }
  return walk.end()
}

interface Tried {
  readonly target: Target
  readonly rule: TlsRule
  readonly tls: string | null
  readonly greeted: boolean
  readonly startedMs: number
}

/** An attempt under way. */
class Walk {
  readonly #outgoing: Outgoing
  readonly #options: AttemptOptions
  readonly #startedMs: number
  readonly #results: (Result | null)[]
  readonly #tries: Try[] = []
  #unreached: Unreached[] = []
  #connection: Connection | null = null
  #dsn: Attempted['dsn'] = 'passed'
  /** Set once a server has put the sender off: only its equals may be asked, and one of them. RFC 5321 §5.1, deliverability §2.5. */
  #onlyPreference: number | null = null
  #secondOpinion = false

  constructor(outgoing: Outgoing, options: AttemptOptions) {
    this.#outgoing = outgoing
    this.#options = options
    this.#startedMs = options.clock.nowMs()
    this.#results = outgoing.recipients.map(() => null)
  }

  /** Whether `hop` is not to be tried any more. */
  isOver(hop: Hop): boolean {
    if (this.#open().length === 0 || this.#secondOpinion) return true
    if (this.#onlyPreference !== null && hop.preference !== this.#onlyPreference) return true
    return this.#tries.length >= MAX_TRIES || this.#options.clock.nowMs() - this.#startedMs > TRY_WITHIN_MS
  }

  skip(why: Unreached): void {
    this.#unreached.push(why)
  }

  /** Sends over a connection from before, if it is good enough for this message; else ends it. */
  async sendAgain(connection: Connection, signal: AbortSignal): Promise<void> {
    const ruled = await this.#options.ruleFor(connection.target.hop, signal)
    if (ruled.kind === 'rule' && covers(connection.rule, ruled.rule)) return await this.send(connection, signal)
    await connection.client.quit(signal)
  }

  async tryTarget(target: Target, rule: TlsRule, signal: AbortSignal): Promise<void> {
    const startedMs = this.#options.clock.nowMs()
    const { result, transcript } = await this.#options.connect(target, rule, signal)
    this.#tell(target, rule, result)
    if (result.kind === 'connected') return await this.send(result.connection, signal, startedMs)
    this.#note({ target, rule, tls: null, greeted: false, startedMs }, transcript.take())
    this.skip(unreachedBy(result, target.hop.host, rule))
  }

  /** Sends to whoever has no answer yet. */
  async send(connection: Connection, signal: AbortSignal, startedMs = this.#options.clock.nowMs()): Promise<void> {
    const { client, target, transcript, tls, rule } = connection
    const open = this.#open()
    const wasAsked = this.#onlyPreference !== null
    const recipients = open.flatMap((index) => this.#outgoing.recipients[index] ?? [])
    if (this.#options.note !== null) transcript.note(this.#options.note)
    const sent = await client.send({ ...this.#outgoing, recipients, content: await this.#contentFor(connection) }, signal)
    this.#note({ target, rule, tls: tls === null ? null : `${tls.version} ${tls.cipher}`, greeted: true, startedMs }, transcript.take())
    this.#dsn = sent.dsn
    this.#connection = sent.connection === 'ready' ? connection : null
    if (sent.connection === 'spent') await client.quit(signal)
    for (const [at, index] of open.entries()) {
      const fate = sent.fates[at]
      if (fate === undefined || mayTryNext(fate)) continue
      this.#results[index] = { kind: 'fate', fate, host: target.hop.host }
    }
    if (wasAsked) this.#secondOpinion = true
    this.#remember(sent.fates, open, target)
  }

  /** RFC 6152 §3: a server without 8BITMIME must never see a byte above 127. */
  async #contentFor({ client, transcript }: Connection): Promise<OutgoingContent> {
    const { content } = this.#outgoing
    if (!needsSevenBit(content, client.offered)) return content
    const converted = await this.#options.sevenBit()
    transcript.note(converted.body === '7BIT' ? 'The server takes 7-bit content only: converted' : 'The server takes 7-bit content only, and this has no such form')
    return converted
  }

  end(): Attempted {
    const results = this.#results.map((result): Result => result ?? { kind: 'unreached', why: this.#why() })
    return { results, tries: this.#tries, connection: this.#connection, dsn: this.#dsn }
  }

  /** What recipients without a final answer would be told if no other server has one. */
  #remember(fates: readonly Fate[], open: readonly number[], { hop }: Target): void {
    const obstacle = fates.find((fate) => fate.kind === 'permanent' && fate.cause.by === 'us')
    if (obstacle?.kind === 'permanent' && obstacle.cause.by === 'us') {
      const [status, text] = OBSTACLES[obstacle.cause.obstacle]
      this.skip({ status, text, host: hop.host, lasting: true, unwelcome: false, reply: null })
    }
    for (const at of open.keys()) {
      const fate = fates[at]
      if (fate?.kind !== 'temporary') continue
      if (fate.cause.by === 'reply' && fate.stage === 'mail' && fate.cause.reply.code !== 421) this.#onlyPreference = hop.preference
      this.skip({ ...words(fate), host: hop.host, lasting: false, unwelcome: false, reply: fate.cause.by === 'reply' ? fate.cause.reply : null })
      return
    }
  }

  #why(): Unreached {
    const reached = this.#unreached.filter(({ lasting }) => !lasting)
    const last = reached.at(-1) ?? this.#unreached.at(-1)
    if (last === undefined) return { status: '4.4.1', text: 'no server was tried', host: null, lasting: false, unwelcome: false, reply: null }
    const all = (holds: (why: Unreached) => boolean): boolean => reached.length > 0 && reached.every(holds)
    return { ...last, unwelcome: all(({ unwelcome }) => unwelcome), isBeyond: all(({ isBeyond }) => isBeyond === true) }
  }

  #note({ target: { hop, address }, rule, ...tried }: Tried, transcript: readonly TranscriptLine[]): void {
    this.#tries.push({ host: hop.host, address, policy: rule.by, ...tried, endedMs: this.#options.clock.nowMs(), transcript })
  }

  #tell({ hop, address }: Target, rule: TlsRule, result: Connecting['result']): void {
    const found = tlsResultOf(result)
    if (found !== null && rule.by !== 'relay') this.#options.tlsSeen({ policy: policyTypeOf(rule), result: found, host: hop.host, address })
  }

  #open(): readonly number[] {
    return this.#results.flatMap((result, index) => (result === null ? [index] : []))
  }
}

/**
 * Whether another server may be asked: the connection was lost before the message had been sent, the server is closing, puts the sender
 * off, or cannot take this message. A refusal of a recipient or of content is final: no second opinion.
 */
function mayTryNext(fate: Fate): boolean {
  if (fate.kind === 'permanent') return fate.cause.by === 'us' && fate.cause.obstacle !== 'needs-requiretls'
  if (fate.kind !== 'temporary') return false
  if (fate.cause.by === 'loss') return fate.cause.how !== 'aborted'
  return fate.cause.by === 'reply' && (fate.cause.reply.code === 421 || fate.stage === 'mail')
}

function tlsResultOf(result: Connecting['result']): TlsResult | null {
  if (result.kind === 'connected') return result.connection.tlsResult
  return result.kind === 'insecure' ? result.result : null
}

function words(fate: Extract<Fate, { kind: 'temporary' }>): { readonly status: string; readonly text: string } {
  if (fate.cause.by === 'reply') {
    const { code, status, text } = fate.cause.reply
    return { status: status ?? '4.3.0', text: `${code} ${status === null ? '' : `${status} `}${text}` }
  }
  return { status: '4.4.2', text: `the connection was lost (${fate.cause.by === 'loss' ? fate.cause.how : 'obstacle'}) at ${fate.stage}` }
}

function unreachedBy(result: Unconnected, host: string, { by }: TlsRule): Unreached {
  switch (result.kind) {
    case 'refused': {
      const { code, status, text } = result.reply
      return { status: status ?? (code >= 500 ? '5.3.2' : '4.3.2'), text: `${code} ${text}`, host, lasting: false, unwelcome: code >= 500, reply: result.reply }
    }
    case 'unreachable':
      return { status: '4.4.1', text: result.text, host, lasting: false, unwelcome: false, reply: null }
    case 'insecure':
      // RFC 8689 §4.2.1: what must not go without TLS goes back to its sender.
      if (by === 'requiretls') return { status: '5.7.30', text: result.text, host, lasting: true, unwelcome: false, reply: null }
      return { status: '4.7.5', text: result.text, host, lasting: false, unwelcome: false, reply: null }
  }
}
