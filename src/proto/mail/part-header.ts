import { parseAddressList } from './display-address.ts'
import type { ListedAddress } from './display-address.ts'
import { fieldText } from './headers.ts'
import type { Field } from './headers.ts'
import { parseMessageIds } from './message-id.ts'
import { MAX_REFERENCES } from './limits.ts'
import { parseParameters } from './parameter.ts'
import type { Disposition, Envelope, PartHeader } from './part.ts'

/** What a part is when its header does not say: text, or a message inside multipart/digest. RFC 2046 §5.1.5. */
export type DefaultType = 'text/plain' | 'message/rfc822'

/** How many addresses a message may still list. Shared by its nested messages, so that nesting cannot multiply the limit. */
export interface AddressBudget {
  left: number
}

const MEDIA_TYPE = /^([^\s/;]{1,127})\/([^\s/;]{1,127})$/

/** Reads the Content-* fields of a part. A Content-Type that is none counts as absent. RFC 2045 §5.2. The first of two wins. */
export function readPartHeader(bytes: Uint8Array, fields: readonly Field[], byDefault: DefaultType): PartHeader {
  const text = new Map<string, string>()
  for (const field of fields) {
    if (field.name.startsWith('content-') && !text.has(field.name)) text.set(field.name, fieldText(bytes, field))
  }
  if (text.size === 0) return byDefault === 'text/plain' ? PLAIN : { ...PLAIN, ...MESSAGE_TYPE }
  const media = mediaType(text.get('content-type'), byDefault)
  return {
    ...media,
    encoding: encodingOf(text.get('content-transfer-encoding')),
    id: present(text.get('content-id')),
    description: present(text.get('content-description')),
    md5: present(text.get('content-md5')),
    disposition: dispositionOf(text.get('content-disposition')),
    language: languagesOf(text.get('content-language')),
    location: present(text.get('content-location')?.replace(/\s+/g, '')),
  }
}

const DECIDING: ReadonlySet<string> = new Set(['content-type', 'content-transfer-encoding', 'content-disposition'])

/** Does a header say two different things of what its body is? RFC 2045 §3 allows each field once: which of two counts, programs do not agree on. */
export function isAmbiguous(bytes: Uint8Array, fields: readonly Field[]): boolean {
  const known = new Map<string, Field>()
  for (const field of fields) {
    if (!DECIDING.has(field.name)) continue
    const before = known.get(field.name)
    if (before === undefined) known.set(field.name, field)
    else if (fieldText(bytes, before).trim() !== fieldText(bytes, field).trim()) return true
  }
  return false
}

/** A message's envelope, and the ids it answers. */
export interface ReadEnvelope {
  readonly envelope: Envelope
  readonly references: readonly string[]
}

/** Reads the ENVELOPE of a message and the ids it answers. Fields left out of the view must have been taken away. */
export function readEnvelope(bytes: Uint8Array, fields: readonly Field[], budget: AddressBudget): ReadEnvelope {
  const text = new Map<string, string>()
  const lists = new Map<string, readonly ListedAddress[]>()
  for (const field of fields) {
    if (ADDRESSES.has(field.name)) {
      const value = fieldText(bytes, field)
      const list = parseAddressList(value, budget.left)
      budget.left -= list.length
      // Two To fields are not allowed, but nobody should be lost.
      if (list.length > 0) lists.set(field.name, [...(lists.get(field.name) ?? []), ...list])
    } else if (TEXTS.has(field.name) && !text.has(field.name)) {
      text.set(field.name, fieldText(bytes, field))
    }
  }
  const from = lists.get('from') ?? null
  const envelope: Envelope = {
    date: text.get('date') ?? null,
    subject: text.get('subject') ?? null,
    from,
    sender: lists.get('sender') ?? from,
    replyTo: lists.get('reply-to') ?? from,
    to: lists.get('to') ?? null,
    cc: lists.get('cc') ?? null,
    bcc: lists.get('bcc') ?? null,
    inReplyTo: text.get('in-reply-to') ?? null,
    messageId: text.get('message-id') ?? null,
  }
  return { envelope, references: referencesOf(text.get('references'), text.get('in-reply-to')) }
}

const ADDRESSES: ReadonlySet<string> = new Set(['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'])
const TEXTS: ReadonlySet<string> = new Set(['date', 'subject', 'in-reply-to', 'message-id', 'references'])

const PLAIN_TYPE = { type: 'text', subtype: 'plain', params: [['charset', 'us-ascii']] } as const
const MESSAGE_TYPE = { type: 'message', subtype: 'rfc822', params: [] } as const

const PLAIN: PartHeader = {
  ...PLAIN_TYPE,
  encoding: '7bit',
  id: null,
  description: null,
  md5: null,
  disposition: null,
  language: null,
  location: null,
}

function referencesOf(references: string | undefined, inReplyTo: string | undefined): readonly string[] {
  const ids = references === undefined ? [] : parseMessageIds(references, MAX_REFERENCES)
  if (inReplyTo === undefined) return ids.length > 1 ? [...new Set(ids)] : ids
  return [...new Set([...ids, ...parseMessageIds(inReplyTo, 10)])]
}

function mediaType(text: string | undefined, byDefault: DefaultType): Pick<PartHeader, 'type' | 'subtype' | 'params'> {
  const parsed = text === undefined ? null : parseParameters(text)
  const match = parsed === null ? null : MEDIA_TYPE.exec(parsed.value)
  const type = match?.[1]
  const subtype = match?.[2]
  if (parsed === null || type === undefined || subtype === undefined) {
    return byDefault === 'text/plain' ? PLAIN_TYPE : MESSAGE_TYPE
  }
  // RFC 2045 §5.2: text/plain without a charset is US-ASCII, and BODYSTRUCTURE says so.
  const params = type === 'text' && parsed.params.length === 0 ? PLAIN.params : parsed.params
  return { type, subtype, params }
}

function encodingOf(text: string | undefined): string {
  const token = text === undefined ? null : /^[^\s;()"]{1,40}/.exec(text)
  return token === null ? '7bit' : token[0].toLowerCase()
}

function dispositionOf(text: string | undefined): Disposition | null {
  if (text === undefined || text === '') return null
  const { value, params } = parseParameters(text)
  // `filename=x` without a type is meant as an attachment: RFC 2183 §2.8 says so of unknown types.
  if (/^[^\s=;"]{1,40}$/.test(value)) return { type: value, params }
  return { type: 'attachment', params: params.length > 0 ? params : parseParameters(`;${text}`).params }
}

function languagesOf(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null
  const tags = text.split(/[\s,]+/, 20).filter((tag) => /^[A-Za-z0-9-]{1,35}$/.test(tag))
  return tags.length === 0 ? null : tags
}

function present(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text
}
