import type { HeaderScan } from '../../proto/mail/header-scan.ts'
import { fieldText, findFields } from '../../proto/mail/headers.ts'
import type { Range } from '../../proto/mail/view.ts'
import { isBroadcast } from '../organization/stream/name.ts'
import type { SubmittedStream } from './stream.ts'

/** The fields by which mail programs let a reader stop mail: RFC 2369 §3.2, RFC 8058 §3.1. Lower-case. */
const STOP_FIELDS: readonly string[] = ['list-unsubscribe', 'list-unsubscribe-post']

/** A header field: its name in any case, and what it says. */
type Header = readonly [name: string, text: string]

/** Whether a field is one of those by which readers stop mail. */
export function isStopField(name: string): boolean {
  return STOP_FIELDS.includes(name.toLowerCase())
}

/**
 * Who says how mail is stopped. What goes to many wants one click (deliverability §8.1), so there its sender's word counts only when it offers one: one List-Unsubscribe with an
 * https URI, and one List-Unsubscribe-Post that says One-Click (RFC 8058 §3.1). All other mail says of itself what it likes, or nothing.
 */
export function whoStops(stream: SubmittedStream, headers: readonly Header[]): 'own' | 'ours' {
  if (!isBroadcast(stream)) return 'own'
  const said = (name: string): readonly string[] => headers.flatMap(([each, text]) => (each.toLowerCase() === name ? [text.trim()] : []))
  const [addresses = '', ...moreAddresses] = said('list-unsubscribe')
  const [post = '', ...morePosts] = said('list-unsubscribe-post')
  const isOneClick = HTTPS.test(addresses) && /^List-Unsubscribe=One-Click$/i.test(post)
  return isOneClick && moreAddresses.length + morePosts.length === 0 ? 'own' : 'ours'
}

/** RFC 2369 §2: URIs stand between angle brackets, and what is not between them does not count. */
const HTTPS = /<\s*https:\/\/[^<>\s"]{1,2000}\s*>/i

/** Who says how a composed message is stopped, and what of it is left out then: fields that would stand beside ours. `head` holds the header. */
export function stopIn(stream: SubmittedStream, header: HeaderScan, head: Uint8Array): { readonly stop: 'own' | 'ours'; readonly skips: readonly Range[] } {
  const fields = findFields(header, STOP_FIELDS)
  const stop = whoStops(stream, fields.map((field) => [field.name, fieldText(head, field)]))
  return { stop, skips: stop === 'own' ? header.skips : withFields(header.skips, fields) }
}

function withFields(skips: readonly Range[], fields: readonly Range[]): readonly Range[] {
  return [...skips, ...fields.map(({ start, end }) => ({ start, end }))].toSorted((one, other) => one.start - other.start)
}
