import type { Attachment } from '../../proto/mail/compose.ts'
import { breaksHeader, isWrittenPlain, type NamedAddress } from '../../proto/mail/header-write.ts'
import { parseMessageIds } from '../../proto/mail/message-id.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { Fault } from '../../base/fault.ts'
import { isBroadcast, readStream, type StreamName } from '../organization/stream/name.ts'
import { type FetchedFile, type FetchedFiles, NONE_FETCHED } from './fetched.ts'
import { mediaTypeOf, UNKNOWN_TYPE } from './media-type.ts'
import { readNamedAddress, type SendableAddress } from './named-address.ts'
import { ownUnsubscribe, withoutUseless } from './own-unsubscribe.ts'
import { readSchedule } from './schedule.ts'
import type { EmailRequest } from './shape.ts'

/** A message that somebody wants to send, understood: only whether they may is open. */
export interface Draft {
  readonly from: SendableAddress
  readonly to: readonly SendableAddress[]
  readonly cc: readonly SendableAddress[]
  readonly bcc: readonly SendableAddress[]
  readonly replyTo: readonly NamedAddress[]
  readonly subject: string
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
  readonly more: readonly (readonly [name: string, text: string])[]
  readonly text: string | null
  readonly html: string | null
  readonly files: readonly Attachment[]
  readonly tags: readonly Tag[]
  readonly metadata: Readonly<Record<string, string>>
  readonly stream: StreamName
  readonly requireTls: boolean
  readonly tracking: Tracking
  /** When it may go; null for now. */
  readonly atMs: number | null
}

/** What is noted of whoever reads it. */
export interface Tracking {
  readonly opens: boolean
  readonly clicks: boolean
  /** Only how often, not who. */
  readonly anonymous: boolean
}

/** A word that its sender knows it by. */
export interface Tag {
  readonly name: string
  readonly value: string
}

/** Reads a request, with the files that were fetched for it. Every field that is wrong is named. */
export function draftOf(request: EmailRequest, nowMs: number, fetched: FetchedFiles = NONE_FETCHED): Result<Draft, readonly Fault[]> {
  const faults: Fault[] = []
  const [from = null] = addressesOf('from', request.from, faults)
  if (request.from === undefined) faults.push({ field: 'from', code: 'missing', message: 'name who sends it' })
  const to = addressesOf('to', request.to, faults)
  if (faults.length === 0 && to.length === 0) faults.push({ field: 'to', code: 'empty', message: 'name somebody to send it to' })
  const cc = addressesOf('cc', request.cc, faults)
  const bcc = addressesOf('bcc', request.bcc, faults)
  const replyTo = addressesOf('reply_to', request.reply_to, faults)
  const { text = null, html = null, subject } = request
  if (subject === undefined) faults.push({ field: 'subject', code: 'missing', message: 'give a subject, or a template that has one' })
  if (text === null && html === null) faults.push({ field: 'html', code: 'missing', message: 'give html, text or a template' })
  const headers = headersOf(request.headers ?? {}, faults)
  const files = (request.attachments ?? []).flatMap((attachment, at) => fileOf(attachment, fetched.get(at) ?? null, `attachments.${at}`, faults))
  const atMs = request.scheduled_at === undefined ? null : scheduledMs(request.scheduled_at, nowMs, faults)
  const stream = readStream(request.stream ?? 'transactional')
  if (stream === null) faults.push({ field: 'stream', code: 'invalid_stream', message: 'names no stream: write transactional, broadcast or one of your own such as broadcast.weekly' })
  const stops = ownUnsubscribe(request.unsubscribe, stream, headers.more, faults)
  if (from === null || stream === null || faults.length > 0) return fail(faults)
  const { tags = [], metadata = {}, require_tls: requireTls = false } = request
  return ok({ from, to, cc, bcc, replyTo, subject: subject ?? '', ...headers, more: [...withoutUseless(headers.more, stream), ...stops], text, html, files, tags: tagsOf(tags), metadata, stream, requireTls, tracking: trackingOf(request.tracking, stream), atMs })
}

/** Passwords and codes are transactional: their readers are left alone unless somebody says otherwise. deliverability §6.2. */
function trackingOf({ opens, clicks, anonymous = false }: NonNullable<EmailRequest['tracking']> = {}, stream: Draft['stream']): Tracking {
  const usual = isBroadcast(stream)
  return { opens: opens ?? usual, clicks: clicks ?? usual, anonymous }
}

function addressesOf(field: string, given: string | readonly string[] | undefined, faults: Fault[]): readonly SendableAddress[] {
  const isList = typeof given !== 'string'
  return (isList ? (given ?? []) : [given]).flatMap((text, at) => {
    const address = readNamedAddress(text)
    if (address !== null) return [address]
    faults.push({ field: isList ? `${field}.${at}` : field, code: 'invalid_address', message: 'is no address: write ani@example.org or Ani <ani@example.org>' })
    return []
  })
}

/** Reads when a message is to go. */
export function scheduledMs(text: string, nowMs: number, faults: Fault[]): number | null {
  const schedule = readSchedule(text, nowMs)
  if (schedule.kind === 'at') return schedule.atMs
  const message = schedule.kind === 'unclear' ? 'is no time: write 2030-01-31T08:00:00Z, in 10 minutes or tomorrow at 9am' : 'is more than 30 days ahead'
  faults.push({ field: 'scheduled_at', code: schedule.kind === 'unclear' ? 'invalid_time' : 'too_far', message })
  return null
}

/** What we write ourselves, what others write in transit, and what would make a message somebody else's. */
const OURS = /^(?:date|from|sender|to|cc|bcc|reply-to|subject|message-id|mime-version|content-.*|resent-.*|return-path|received|delivered-to|dkim-signature|arc-.*|authentication-results|x-merpati-.*)$/

function headersOf(headers: Readonly<Record<string, string>>, faults: Fault[]): Pick<Draft, 'inReplyTo' | 'references' | 'more'> {
  let inReplyTo: readonly string[] = []
  let references: readonly string[] = []
  const more: (readonly [string, string])[] = []
  const seen = new Set<string>()
  for (const [name, text] of Object.entries(headers)) {
    const lower = name.toLowerCase()
    const isAgain = seen.has(lower)
    seen.add(lower)
    if (!/^[!-9;-~]{1,76}$/.test(name)) faults.push({ field: `headers.${name.slice(0, 80)}`, code: 'invalid_header', message: 'is no name of a header field' })
    else if (OURS.test(lower)) faults.push({ field: `headers.${name}`, code: 'reserved_header', message: 'is written by us: use the field of the request, where there is one' })
    else if (isAgain) faults.push({ field: `headers.${name}`, code: 'duplicate_header', message: 'stands there twice: names of header fields have no case' })
    // What stands there is for programs. RFC 2369 §2, RFC 2919 §3.
    else if (lower.startsWith('list-') && !breaksHeader(text) && !isWrittenPlain(text)) faults.push({ field: `headers.${name}`, code: 'invalid_header', message: 'must be plain ASCII, without "=?" and without a word that no line could hold: percent-encode addresses' })
    else if (lower === 'in-reply-to') inReplyTo = parseMessageIds(text)
    else if (lower === 'references') references = parseMessageIds(text)
    else more.push([name, text])
  }
  return { inReplyTo, references, more }
}

type GivenFile = NonNullable<EmailRequest['attachments']>[number]

const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i
const CONTENT_ID = /^[!-;=?-~]{1,200}$/

function fileOf({ content, filename, content_type: type, content_id: id, path }: GivenFile, fetched: FetchedFile | null, field: string, faults: Fault[]): readonly Attachment[] {
  const before = faults.length
  if (path !== undefined && content !== undefined) faults.push({ field: `${field}.path`, code: 'mismatch', message: 'goes without content' })
  else if (path !== undefined && fetched === null) faults.push({ field: `${field}.path`, code: 'unsupported', message: 'is fetched for a message that is sent by itself: in a batch give content' })
  else if (content === undefined && path === undefined) faults.push({ field: `${field}.content`, code: 'missing', message: 'give the file in base64, or the path where it stands' })
  const bytes = fetched?.bytes ?? bytesOf(content ?? '')
  if (bytes === null) faults.push({ field: `${field}.content`, code: 'invalid_base64', message: 'is not base64' })
  const name = filename ?? (fetched?.name || 'attachment')
  const mediaType = (type?.split(';', 1)[0] ?? fetchedType(name, fetched)).trim()
  // RFC 2046 §5.2: these may not be in base64.
  if (!MEDIA_TYPE.test(mediaType) || /^(?:multipart|message)\//i.test(mediaType)) faults.push({ field: `${field}.content_type`, code: 'invalid_type', message: 'is no media type that a file can have: application/octet-stream fits all' })
  const contentId = id === undefined ? null : id.replace(/^<(.*)>$/s, '$1')
  if (contentId !== null && !CONTENT_ID.test(contentId)) faults.push({ field: `${field}.content_id`, code: 'invalid_id', message: 'may hold letters, digits and marks, without blanks and angle brackets' })
  return faults.length > before || bytes === null ? [] : [{ name, mediaType, bytes, contentId }]
}

/** What a file is: by its name, or else what its server said, if a file may be that. */
function fetchedType(name: string, fetched: FetchedFile | null): string {
  const byName = mediaTypeOf(name)
  const told = fetched?.type?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return byName === UNKNOWN_TYPE && MEDIA_TYPE.test(told) && !/^(?:multipart|message)\//.test(told) ? told : byName
}

function bytesOf(base64: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(base64)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function tagsOf(tags: NonNullable<EmailRequest['tags']>): readonly Tag[] {
  return Array.isArray(tags) ? tags : Object.entries(tags).map(([name, value]) => ({ name, value }))
}
