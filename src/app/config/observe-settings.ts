import { z } from 'zod'
import { timeServerOf } from './endpoint.ts'

/** RFC 9110 §5.1 and §5.5: a name is a token, and a value holds no line end. */
const headers = z.record(
  z.string().regex(/^[!#$%&'*+.^_`|~\w-]{1,100}$/, { error: 'want the name of a header field such as "authorization"' }),
  z.string().regex(/^[\x20-\x7e]{0,4096}$/, { error: 'want a value of visible characters' }),
)

const WANT_URL = 'want an address such as "http://127.0.0.1:4318"'

const timeServer = z.string().transform((text, context) => {
  const read = timeServerOf(text)
  if (read.ok) return read.value
  context.addIssue({ code: 'custom', message: 'want a host such as "pool.ntp.org"' })
  return z.NEVER
})

/** Settings of `[observe]`. */
export const observeSettings = z.strictObject({
  otlp: z
    .strictObject({
      url: z.url({ protocol: /^https?$/, error: WANT_URL }).refine((url) => !/^\w+:\/\/[^/]*@/.test(url), { error: `${WANT_URL}; a name and a password belong into headers` }).describe('Where the collector is; /v1/traces is put behind it.'),
      headers: headers.default({}).describe('More header fields, such as a token.'),
    })
    .optional()
    .describe('A collector of OpenTelemetry traces, [observe.otlp]: url = "http://127.0.0.1:4318", and headers = { authorization = "..." } where it wants them. Nothing is sent without it.'),
  time_server: timeServer.optional().describe('A time server such as "pool.ntp.org", which is asked every hour, so that a clock that is off becomes an alert. Nobody is asked without it.'),
})

/** Where a fault in `[observe]` was found, and the settings that are there. */
export function observeTableAt([, table]: readonly PropertyKey[]): { readonly at: string; readonly allowed: readonly string[] } {
  const { shape } = observeSettings
  return table === 'otlp' ? { at: '[observe.otlp]', allowed: Object.keys(shape.otlp.unwrap().shape) } : { at: '[observe]', allowed: Object.keys(shape) }
}
