import type { Fault } from '../../base/fault.ts'
import { isStopField, whoStops } from '../inbound/own-stop.ts'
import { isBroadcast, type StreamName } from '../organization/stream/name.ts'
import type { EmailRequest } from './shape.ts'

type Header = readonly [name: string, text: string]

/** What may stand between the angle brackets of RFC 2369 §2: no blanks, no brackets, nothing that would have to be encoded; and in one line, which ends at 998 (RFC 5322 §2.1.1). */
const ADDRESS = /^https:\/\/[!-;=?-~]{1,900}$/

/**
 * The header fields for a sender who says himself how his mail is stopped. What goes to many must say it in some way (deliverability §8.1), so there `false` is
 * refused; elsewhere nothing is added unless it is asked for.
 */
export function ownUnsubscribe(asked: EmailRequest['unsubscribe'], stream: StreamName | null, headers: readonly Header[], faults: Fault[]): readonly Header[] {
  if (asked === undefined) return []
  if (asked === false) {
    if (stream !== null && isBroadcast(stream)) faults.push({ field: 'unsubscribe', code: 'required', message: 'what goes to many says how to stop it: leave this out, or give the url of a page of yours' })
    return []
  }
  if (headers.some(([name]) => isStopField(name))) faults.push({ field: 'unsubscribe', code: 'mismatch', message: 'goes without a List-Unsubscribe of yours in headers' })
  if (!ADDRESS.test(asked.url) || !URL.canParse(asked.url)) {
    faults.push({ field: 'unsubscribe.url', code: 'invalid_url', message: 'is no address that a mail program may post to: write https://example.org/stop?who=1, without blanks' })
    return []
  }
  return [['List-Unsubscribe', `<${withoutWords(asked.url)}>`], ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click']]
}

/**
 * An address that says the same and holds no `=?`, which would begin an encoded word, of which there are none in this field: RFC 2369 §2, RFC 2047 §5. The first question mark begins the query and
 * must stay; RFC 3986 §3.4 lets all others be percent-encoded.
 */
function withoutWords(url: string): string {
  const query = url.indexOf('?') + 1
  return url.slice(0, query).replace('=?', '%3D?') + url.slice(query).replaceAll('=?', '=%3F')
}

/** The fields of a sender's own that go out: those that do not say how what goes to many is stopped with one click give way to ours. */
export function withoutUseless(headers: readonly Header[], stream: StreamName | null): readonly Header[] {
  return stream === null || whoStops(stream, headers) === 'own' ? headers : headers.filter(([name]) => !isStopField(name))
}
