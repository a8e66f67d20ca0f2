import { hash } from 'node:crypto'
import { MAX_ATTRIBUTE_CHARS } from './limits.ts'

/** What a span says of itself: short words and numbers, never an address, a subject or text of mail. */
export type Attributes = Readonly<Record<string, string | number>>

/** Something that took time, for a collector of traces. */
export interface Span {
  /** What belongs together has the same text here, such as the id of a message. It becomes the trace id. */
  readonly of: string
  /** `root`: what the others of its trace follow from, one for each `of`. `child`: one of those. `alone`: nothing follows from it. */
  readonly place: 'root' | 'child' | 'alone'
  /** One of few names. */
  readonly name: string
  /** `server`: somebody asked us; `client`: we asked somebody. */
  readonly kind: 'server' | 'client'
  readonly startMs: number
  readonly endMs: number
  readonly status: 'ok' | 'error'
  readonly attributes: Attributes
}

/** SPAN_KIND_SERVER and SPAN_KIND_CLIENT of opentelemetry/proto/trace/v1; OTLP's JSON has enums as numbers. */
const KINDS = { server: 2, client: 3 } as const

/** STATUS_CODE_UNSET and STATUS_CODE_ERROR there. */
const STATUSES = { ok: {}, error: { code: 2 } } as const

/**
 * A request of OTLP/HTTP in its JSON encoding: ids in hexadecimal, and 64-bit numbers as text. `resource` says who we are; `newId` gives 16 hexadecimal digits
 * for a span that is no root. The id of a root follows from its trace, so that another thread, or this one after a restart, knows its parent.
 */
export function encodeSpans(spans: readonly Span[], resource: Attributes, newId: () => string): string {
  const encoded = spans.map((span) => encodeSpan(span, newId))
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: attributesOf(resource) }, scopeSpans: [{ scope: { name: 'merpati' }, spans: encoded }] }] })
}

function encodeSpan({ of, place, name, kind, startMs, endMs, status, attributes }: Span, newId: () => string): object {
  const digest = hash('sha256', of)
  const root = digest.slice(32, 48)
  return {
    traceId: digest.slice(0, 32),
    spanId: place === 'root' ? root : newId(),
    ...(place === 'child' ? { parentSpanId: root } : {}),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(Math.max(startMs, endMs)),
    attributes: attributesOf(attributes),
    status: STATUSES[status],
  }
}

function nanos(ms: number): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n)
}

function attributesOf(all: Attributes): readonly object[] {
  return Object.entries(all).map(([key, value]) => ({ key, value: typeof value === 'number' ? { intValue: String(Math.round(value)) } : { stringValue: value.slice(0, MAX_ATTRIBUTE_CHARS) } }))
}
