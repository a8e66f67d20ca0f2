import type { ListedAddress } from '../mail/display-address.ts'
import type { Params } from '../mail/parameter.ts'
import type { Disposition, Envelope, MessageIndex, Part } from '../mail/part.ts'
import { formatNstring as nstring, formatString as string } from './session.ts'

/** Whether strings may be UTF-8 in quotes, as `Session.utf8`. */
type Utf8 = boolean
/** Whether the data that only BODYSTRUCTURE has is wanted. */
type Extended = boolean

/** ENVELOPE in wire form. RFC 9051 §7.5.2. */
export function formatEnvelope(envelope: Envelope, utf8: Utf8): string {
  const { date, subject, from, sender, replyTo, to, cc, bcc, inReplyTo, messageId } = envelope
  const lists = [from, sender, replyTo, to, cc, bcc].map((list) => formatAddresses(list, utf8)).join(' ')
  return `(${nstring(date, utf8)} ${nstring(subject, utf8)} ${lists} ${nstring(inReplyTo, utf8)} ${nstring(messageId, utf8)})`
}

/** BODY (`plain`) or BODYSTRUCTURE (`extended`) in wire form. RFC 9051 §7.5.2. */
export function formatStructure(index: MessageIndex, form: 'plain' | 'extended', utf8: Utf8): string {
  return formatPart(index.root, form === 'extended', utf8)
}

function formatAddresses(list: readonly ListedAddress[] | null, utf8: Utf8): string {
  if (list === null || list.length === 0) return 'NIL'
  // The second field is the source route, which no one has any more.
  return `(${list.map(({ name, mailbox, host }) => `(${nstring(name, utf8)} NIL ${nstring(mailbox, utf8)} ${nstring(host, utf8)})`).join('')})`
}

/** The index bounds how deep parts nest. */
function formatPart(part: Part, extended: Extended, utf8: Utf8): string {
  if (part.type === 'multipart' && part.children.length > 0) return formatMultipart(part, extended, utf8)
  const { type, subtype, params, id, description, encoding, lines, children, envelope, md5 } = part
  const octets = part.bodyEnd - part.bodyStart
  const upper = (text: string): string => string(text.toUpperCase(), utf8)
  let text = `(${upper(type)} ${upper(subtype)} ${formatParams(params, utf8)} ${nstring(id, utf8)} ${nstring(description, utf8)} ${upper(encoding)} ${octets}`
  const inside = children[0]
  if (envelope !== null && inside !== undefined) text += ` ${formatEnvelope(envelope, utf8)} ${formatPart(inside, extended, utf8)} ${lines}`
  else if (type === 'text') text += ` ${lines}`
  if (extended) text += ` ${nstring(md5, utf8)}${formatTail(part, utf8)}`
  return `${text})`
}

function formatMultipart(part: Part, extended: Extended, utf8: Utf8): string {
  const inner = part.children.map((child) => formatPart(child, extended, utf8)).join('')
  const subtype = string(part.subtype.toUpperCase(), utf8)
  if (!extended) return `(${inner} ${subtype})`
  return `(${inner} ${subtype} ${formatParams(part.params, utf8)}${formatTail(part, utf8)})`
}

/** Disposition, language, location: what extended data of either kind ends with. */
function formatTail({ disposition, language, location }: Part, utf8: Utf8): string {
  return ` ${formatDisposition(disposition, utf8)} ${formatLanguage(language, utf8)} ${nstring(location, utf8)}`
}

function formatDisposition(disposition: Disposition | null, utf8: Utf8): string {
  return disposition === null ? 'NIL' : `(${string(disposition.type.toUpperCase(), utf8)} ${formatParams(disposition.params, utf8)})`
}

function formatLanguage(language: readonly string[] | null, utf8: Utf8): string {
  if (language === null || language.length === 0) return 'NIL'
  const [only] = language
  if (language.length === 1 && only !== undefined) return string(only, utf8)
  return `(${language.map((tag) => string(tag, utf8)).join(' ')})`
}

function formatParams(params: Params, utf8: Utf8): string {
  if (params.length === 0) return 'NIL'
  return `(${params.map(([name, value]) => `${string(name.toUpperCase(), utf8)} ${string(value, utf8)}`).join(' ')})`
}
