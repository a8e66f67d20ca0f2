import { hostname } from 'node:os'
import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { DeliverArgs, Delivered } from '../core/local/sql.ts'
import type { NotAllowed } from '../core/organization/plan.ts'
import type { ToldOutcome } from '../core/outbound/engine-options.ts'
import type { Attempt, LeasedCall, Outcome } from '../core/webhook/endpoint.ts'
import type { Answered } from '../infra/http/api/api.ts'
import type { Metrics } from '../infra/observe/metrics.ts'
import type { Span } from '../infra/observe/otlp.ts'
import type { Spans } from '../infra/observe/spans.ts'
import type { Config } from './config/config.ts'
import { VERSION } from './version.ts'

/** Opens the way of a thread's spans to the collector. Null when there is none: then nothing of it is loaded. */
export async function openSpans({ collector, hostname: name }: Config, thread: string, { metrics, log }: { readonly metrics: Metrics; readonly log: Log }): Promise<Spans | null> {
  if (collector === null) return null
  const { Spans } = await import('../infra/observe/spans.ts')
  const resource = { 'service.name': 'merpati', 'service.version': VERSION, 'service.instance.id': `${name}/${process.pid}/${thread}`, 'host.name': hostname() }
  return new Spans({ collector, resource, metrics, log })
}

/** A message that was answered with a positive reply. */
export interface AcceptedMessage {
  readonly by: 'smtp' | 'api'
  readonly message: string
  readonly size: number
  /** Recipients here, and elsewhere. */
  readonly local: number
  readonly remote: number
  /** When all of it had come. */
  readonly startMs: number
  readonly endMs: number
}

/** The root of a message's trace: from when all of it had come until it was safe. */
export function acceptedSpan({ by, message, size, local, remote, startMs, endMs }: AcceptedMessage): Span {
  const attributes = { 'merpati.by': by, 'merpati.message': message, 'merpati.size': size, 'merpati.recipients.local': local, 'merpati.recipients.remote': remote }
  return { of: message, place: 'root', name: 'message accepted', kind: 'server', startMs, endMs, status: 'ok', attributes }
}

/** A write of received messages that tells of each it has accepted, or refused because of a plan. */
export function tellingTaken(deliver: (args: DeliverArgs) => Promise<Delivered>, { spans, refused }: { readonly spans: Spans | null; readonly refused: (why: NotAllowed) => void }): typeof deliver {
  return async (args) => {
    const delivered = await deliver(args)
    const { message, recipients, deliveries, nowMs: startMs } = args
    if (delivered.notAllowed !== undefined) refused(delivered.notAllowed)
    else spans?.add(acceptedSpan({ by: 'smtp', message: message.id, size: message.size, local: recipients.length, remote: deliveries.length, startMs, endMs: systemClock.nowMs() }))
    return delivered
  }
}

/** One recipient's share of a try to hand a message over; null when no server was asked. */
export function attemptSpan({ message, outcome, provider, site, host, status, asked }: ToldOutcome): Span | null {
  if (asked === null) return null
  const answer = { ...(host === null ? {} : { 'server.address': host }), ...(status === null ? {} : { 'merpati.status': status }) }
  const attributes = { 'merpati.message': message, 'merpati.site': site, 'merpati.provider': provider, 'merpati.outcome': outcome, ...answer }
  return { of: message, place: 'child', name: 'delivery attempt', kind: 'client', ...asked, status: outcome === 'delivered' ? 'ok' : 'error', attributes }
}

/** A request to `/v1`. Its path is told as a template: what stands in its place may be an address. */
export function requestSpan({ method, route, status, requestId, tookMs }: Answered, endMs: number): Span {
  const attributes = { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status, 'merpati.request': requestId }
  return { of: requestId, place: 'alone', name: 'api request', kind: 'server', startMs: endMs - tookMs, endMs, status: status < 500 ? 'ok' : 'error', attributes }
}

/** A call of a webhook. What it tells of a message belongs to the message's trace. */
export function calledSpan(call: LeasedCall, { atMs, durationMs, status }: Attempt, outcome: Outcome['kind']): Span {
  const message = call.message ?? messageIn(call.body)
  const attributes = {
    'merpati.call': call.id,
    'merpati.webhook': call.endpoint,
    'merpati.event': call.type,
    'merpati.outcome': outcome,
    ...(message === null ? {} : { 'merpati.message': message }),
    ...(status === null ? {} : { 'http.response.status_code': status }),
  }
  return { of: message ?? call.id, place: message === null ? 'alone' : 'child', name: 'webhook call', kind: 'client', startMs: atMs, endMs: atMs + durationMs, status: outcome === 'delivered' ? 'ok' : 'error', attributes }
}

/** The message that an event of ours speaks of; null when it speaks of none. */
function messageIn(body: string): string | null {
  const { data } = JSON.parse(body) as { readonly data?: { readonly email_id?: unknown } }
  return typeof data?.email_id === 'string' ? data.email_id : null
}
