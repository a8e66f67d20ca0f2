import { z } from 'zod'
import type { HookServer } from './hook-server.ts'

const attribute = z.strictObject({ key: z.string().min(1), value: z.union([z.strictObject({ stringValue: z.string() }), z.strictObject({ intValue: z.string().regex(/^-?\d+$/) })]) })

/** Sixteen or eight octets in hexadecimal, not all of them zero. */
const id = (chars: number) => z.string().regex(new RegExp(`^(?!0*$)[0-9a-f]{${chars}}$`))

/** A span as OTLP/HTTP has it in JSON: opentelemetry/proto/trace/v1, with ids in hexadecimal and 64-bit numbers as text. */
const span = z.strictObject({
  traceId: id(32),
  spanId: id(16),
  parentSpanId: id(16).optional(),
  name: z.string().min(1),
  kind: z.int().min(1).max(5),
  startTimeUnixNano: z.string().regex(/^\d{16,19}$/),
  endTimeUnixNano: z.string().regex(/^\d{16,19}$/),
  attributes: z.array(attribute),
  status: z.strictObject({ code: z.int().min(0).max(2).optional() }),
})

const request = z.strictObject({
  resourceSpans: z.array(z.strictObject({ resource: z.strictObject({ attributes: z.array(attribute) }), scopeSpans: z.array(z.strictObject({ scope: z.strictObject({ name: z.string() }), spans: z.array(span) })) })),
})

/** A span that came to a collector, with its attributes by name. */
export interface Collected extends Omit<z.output<typeof span>, 'attributes'> {
  readonly attributes: Readonly<Record<string, string>>
}

/** What has come to this server as a collector of traces. Throws when a request is not what OTLP says. */
export function collectedBy(server: HookServer): readonly Collected[] {
  return server.at('/v1/traces').flatMap(({ body }) => request.parse(JSON.parse(body)).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(readable))))
}

function readable({ attributes, ...rest }: z.output<typeof span>): Collected {
  return { ...rest, attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, 'stringValue' in value ? value.stringValue : value.intValue])) }
}
