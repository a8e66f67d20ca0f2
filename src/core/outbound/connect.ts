import { randomBytes } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type { TlsState } from '../../base/wire.ts'
import { SmtpClient } from '../../proto/smtp/client/client.ts'
import type { LostHow } from '../../proto/smtp/client/fate.ts'
import type { Greeted, Stopped } from '../../proto/smtp/client/greeting.ts'
import { DEADLINES, type Deadlines } from '../../proto/smtp/client/limits.ts'
import type { Credentials } from '../../proto/smtp/client/sasl.ts'
import { Transcript } from '../../proto/smtp/client/transcript.ts'
import type { Reply } from '../../proto/smtp/reply.ts'
import type { Open, Opened } from './port.ts'
import { certificateFault, resultUnder, type TlsRule } from './tls-rule.ts'
import type { Target } from './targets.ts'
import type { BrokenTls } from './tls/broken-tls.ts'
import type { TlsResult } from './tls/result.ts'

/** Who we are to a relay. */
export type Login = Omit<Credentials, 'clientNonce'>

/** RFC 5802 §5.1 asks for enough that nobody guesses it. */
const NONCE_BYTES = 18

/** A greeted connection, fit for `send`. */
export interface Connection {
  readonly target: Target
  readonly client: SmtpClient
  readonly transcript: Transcript
  readonly tls: TlsState | null
  /** The rule under which it was opened: mail that needs more must not go over it. */
  readonly rule: TlsRule
  /** How bringing TLS up counts. */
  readonly tlsResult: TlsResult
}

/** Why there is none: the server said so, or nothing was there, or it is not safe enough. */
export type Unconnected =
  | { readonly kind: 'refused'; readonly reply: Reply }
  | { readonly kind: 'unreachable'; readonly text: string }
  | { readonly kind: 'insecure'; readonly text: string; readonly result: TlsResult | null }

/** What came of connecting, and what was said. */
export interface Connecting {
  readonly result: { readonly kind: 'connected'; readonly connection: Connection } | Unconnected
  readonly transcript: Transcript
}

/** How to speak to a server. */
export interface ConnectOptions {
  readonly open: Open
  readonly clock: Clock
  readonly flavour: 'smtp' | 'lmtp'
  /** Our name in EHLO. */
  readonly name: string
  readonly from: string | null
  readonly security: 'plain' | 'implicit'
  readonly rule: TlsRule
  readonly login: Login | null
  readonly brokenTls: BrokenTls
  readonly connectWithinMs: number
  readonly deadlines?: Deadlines
}

/** Connects, greets, brings TLS up as the rule wants it, and logs in. Never rejects for what a server does. */
export async function connect(target: Target, options: ConnectOptions, signal: AbortSignal): Promise<Connecting> {
  const { rule, clock, brokenTls } = options
  const transcript = new Transcript(clock)
  if (rule.need === 'may' && brokenTls.has(target.address, clock.nowMs())) {
    transcript.note('TLS did not work there lately: in the clear')
    return { result: await connectInClear(target, options, transcript, signal), transcript }
  }
  const first = await connectOnce(target, options, transcript, signal)
  if (first !== 'broken-tls') return { result: first, transcript }
  brokenTls.add(target.address, clock.nowMs())
  transcript.note('TLS does not work there: once more, in the clear')
  return { result: await connectInClear(target, options, transcript, signal), transcript }
}

/** RFC 7435 §3: better in the clear than not at all, where nobody asked for more. */
async function connectInClear(target: Target, options: ConnectOptions, transcript: Transcript, signal: AbortSignal): Promise<Connecting['result']> {
  const result = await connectOnce(target, { ...options, rule: { ...options.rule, need: 'none' } }, transcript, signal)
  if (result === 'broken-tls') return { kind: 'unreachable', text: 'TLS failed' }
  // The next message would come to the same: this connection is as good as that rule gets.
  return result.kind === 'connected' ? { kind: 'connected', connection: { ...result.connection, rule: options.rule, tlsResult: 'validation-failure' } } : result
}

async function connectOnce(target: Target, options: ConnectOptions, transcript: Transcript, signal: AbortSignal): Promise<Connecting['result'] | 'broken-tls'> {
  const { hop, address } = target
  const { rule, from, security } = options
  const opened = await options.open({ address, port: hop.port, from, serverName: rule.dane?.base ?? hop.host, security, withinMs: options.connectWithinMs }, signal)
  if (opened.kind === 'failed') {
    transcript.note(`Could not connect to ${hop.host} [${address}]:${hop.port}: ${opened.why} (${opened.detail})`)
    return { kind: 'unreachable', text: `${hop.host} [${address}]: ${UNREACHED[opened.why]}` }
  }
  transcript.note(`Connected to ${hop.host} [${address}]:${hop.port} from ${opened.wire.peer.localAddress}`)
  const client = new SmtpClient(opened.wire, { flavour: options.flavour, name: options.name, deadlines: options.deadlines ?? DEADLINES, transcript })
  const stopped = await greet(client, opened, options, transcript, signal)
  const tlsResult = client.tls === null ? 'starttls-not-supported' : resultUnder(rule, opened.certificate(), options.clock.nowMs())
  if (stopped === null) return { kind: 'connected', connection: { target, client, transcript, tls: client.tls, rule, tlsResult } }
  client.close()
  return stopped
}

const UNREACHED: Readonly<Record<Extract<Opened, { kind: 'failed' }>['why'], string>> = {
  refused: 'connection refused',
  timeout: 'connection timed out',
  unreachable: 'no route to host',
  tls: 'TLS did not come up',
  aborted: 'we are stopping',
}

/** Null when the connection is ready. */
async function greet(client: SmtpClient, opened: Extract<Opened, { kind: 'connected' }>, options: ConnectOptions, transcript: Transcript, signal: AbortSignal): Promise<Unconnected | 'broken-tls' | null> {
  const { rule, login } = options
  const fallback = rule.need === 'may' || rule.need === 'none' ? 'helo' : 'none'
  const greeted = await client.greet(login === null ? fallback : 'none', signal)
  if (greeted.kind !== 'ready') return unconnected(greeted)
  if (rule.need !== 'none' && client.tls === null) {
    const fault = await secure(client, greeted, options, signal)
    if (fault !== null) return fault
  }
  const fault = client.tls === null ? null : certificateFault(rule, opened.certificate(), options.clock.nowMs())
  if (fault !== null) {
    transcript.note(`Not trusted: ${fault.text}`)
    return { kind: 'insecure', text: `TLS is required (${rule.by}), but ${fault.text}`, result: fault.result }
  }
  if (client.tls !== null && options.security === 'plain') {
    const again = await client.hello('none', signal)
    if (again.kind !== 'ready') return unconnected(again)
  }
  return login === null ? null : await logIn(client, login, signal)
}

/** Brings TLS up. Null when it is, or when it need not be and was not offered. */
async function secure(client: SmtpClient, { offered }: Extract<Greeted, { kind: 'ready' }>, { rule }: ConnectOptions, signal: AbortSignal): Promise<Unconnected | 'broken-tls' | null> {
  if (!offered.startTls) return rule.need === 'may' ? null : { kind: 'insecure', text: `TLS is required (${rule.by}), and the server does not offer it`, result: 'starttls-not-supported' }
  const secured = await client.startTls(signal)
  if (secured.kind === 'secured') return null
  if (rule.need === 'may') return 'broken-tls'
  return { kind: 'insecure', text: `TLS is required (${rule.by}), and it did not come up`, result: 'validation-failure' }
}

async function logIn(client: SmtpClient, login: Login, signal: AbortSignal): Promise<Unconnected | null> {
  const logged = await client.logIn({ ...login, clientNonce: randomBytes(NONCE_BYTES).toString('base64') }, signal)
  if (logged.kind === 'logged-in') return null
  if (logged.kind === 'refused' || logged.kind === 'lost') return unconnected(logged)
  return { kind: 'insecure', text: 'the relay offers no way to log in that is safe enough', result: null }
}

function unconnected(stopped: Stopped): Unconnected {
  if (stopped.kind === 'refused') return { kind: 'refused', reply: stopped.reply }
  return { kind: 'unreachable', text: LOST[stopped.how] }
}

const LOST: Readonly<Record<LostHow, string>> = {
  end: 'the server closed the connection',
  timeout: 'the server was silent for too long',
  'broken-reply': 'the server said what is no SMTP reply',
  aborted: 'we are stopping',
}
