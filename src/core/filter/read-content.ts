import { isAscii } from 'node:buffer'
import { decodeBody } from '../../proto/mail/decode-body.ts'
import type { ListedAddress } from '../../proto/mail/display-address.ts'
import { parseDomain } from '../../proto/mail/domain.ts'
import { decodeWords } from '../../proto/mail/encoded-word.ts'
import type { HeaderScan } from '../../proto/mail/header-scan.ts'
import type { MessageIndex, Part } from '../../proto/mail/part.ts'
import { walkParts } from '../../proto/mail/section.ts'
import { fileNamesOf, textOfPart } from '../../proto/mail/text-of-part.ts'
import { uuFilesIn } from '../../proto/mail/uuencode.ts'
import { type HtmlLink, readHtml } from './html/read-html.ts'
import { withoutInvisible } from './html/visible.ts'
import { MAX_CONTENT_BYTES, MAX_HEAD_BYTES, MAX_HEADER_CHARS, MAX_SHOWN_ADDRESSES, MAX_TEXT_CHARS, MAX_URLS } from './limits.ts'
import type { Attachment, HeadTraits, HtmlTraits, Link, MailContent, ShownAddress } from './mail-content.ts'
import { cleanUrl, findUrls, readUrl } from './read-url.ts'

/**
 * Reads a received message for the content checks. `bytes` are the message or its beginning, which should be `MAX_CONTENT_BYTES` at least; `header`
 * and `index` were made of the same bytes, or of the whole message. Of text `MAX_CONTENT_BYTES` are decoded, of each attachment its first bytes.
 * Never throws for what is in it; time and memory are linear in `bytes`.
 */
export function readContent(bytes: Uint8Array, header: HeaderScan, index: MessageIndex): MailContent {
  const { envelope } = index
  const top: ContentTop = {
    subject: headerText(envelope.subject),
    from: shownAddresses([envelope.from]),
    replyTo: header.names.has('reply-to') ? shownAddresses([envelope.replyTo]) : [],
    to: shownAddresses([envelope.to, envelope.cc]),
    head: headOf(bytes, header, index),
  }
  return contentOfParts(top, readParts(bytes, header, index))
}

/** What the header of a message tells of it. */
export type ContentTop = Pick<MailContent, 'subject' | 'from' | 'replyTo' | 'to' | 'head'>

/** The decoded parts of a message. */
export interface ContentParts {
  readonly plain: string
  /** Decoded HTML, a text for each part. */
  readonly html: readonly string[]
  readonly attachments: readonly Attachment[]
}

/** The content of a message whose parts are read already. */
export function contentOfParts(top: ContentTop, parts: ContentParts): MailContent {
  const plain = withoutInvisible(parts.plain)
  const html = htmlOf(parts.html)
  const { urls, count } = linksOf(html.links, [html.traits?.text ?? '', plain])
  const text = html.traits === null || plain === '' ? plain + (html.traits?.text ?? '') : `${plain}\n${html.traits.text}`
  return { ...top, text, plain, html: html.traits, urls, urlCount: count, attachments: parts.attachments }
}

interface Parts extends ContentParts {
  plain: string
  readonly html: string[]
  readonly attachments: Attachment[]
}

function readParts(bytes: Uint8Array, header: HeaderScan, index: MessageIndex): Parts {
  // Offsets of the index are those of what clients see: all that is left out lies in the header, so every body is as much further on.
  const skipped = header.skips.reduce((sum, { start, end }) => sum + end - start, 0)
  const own = new Set<Part>()
  for (const { part } of walkParts(index, 'own-parts')) own.add(part)
  let room = MAX_CONTENT_BYTES
  const found: Parts = { plain: '', html: [], attachments: [] }
  for (const { path, part } of walkParts(index, 'nested-messages')) {
    if (part.type === 'multipart') continue
    const body = bytes.subarray(part.bodyStart + skipped, part.bodyEnd + skipped)
    const names = fileNamesOf(part).map((each) => each.slice(0, MAX_HEADER_CHARS))
    if (isShown(part) && own.has(part)) {
      const text = textOfPart(part, body.subarray(0, room)) ?? ''
      room -= Math.min(room, body.length)
      if (part.subtype === 'html') found.html.push(text)
      else found.plain = joinTexts(found.plain, text)
      // No part has them: what their first bytes tell is all that is looked at.
      for (const { name, head } of uuFilesIn(text, MAX_HEAD_BYTES)) found.attachments.push({ name, type: 'application/octet-stream', size: head.length, head, path: '' })
    }
    // A text that has a name is shown by some readers and offered as a file by others. Text of a message inside is its own.
    if (!isShown(part) || names.length > 0) found.attachments.push(attachmentOf(part, body, path, names))
  }
  return found
}

/** Is it text that mail programs show in the message itself? */
function isShown(part: Part): boolean {
  return part.type === 'text' && SHOWN.has(part.subtype) && part.disposition?.type.toLowerCase() !== 'attachment'
}

const SHOWN: ReadonlySet<string> = new Set(['plain', 'html', 'enriched', 'richtext', 'markdown'])

function joinTexts(before: string, text: string): string {
  return (before === '' ? text : `${before}\n${text}`).slice(0, MAX_TEXT_CHARS)
}

function attachmentOf(part: Part, body: Uint8Array, path: readonly number[], [name = '', ...otherNames]: readonly string[]): Attachment {
  const size = part.bodyEnd - part.bodyStart
  // What the first bytes need at most: 4 of 3 in base64, with line ends, and 3 of 1 in quoted-printable.
  const start = body.subarray(0, part.encoding === 'quoted-printable' ? MAX_HEAD_BYTES * 3 : Math.ceil(MAX_HEAD_BYTES * 1.42))
  return {
    name,
    type: `${part.type}/${part.subtype}`,
    size: part.encoding === 'base64' ? Math.floor((size * 3 * 76) / (4 * 78)) : size,
    head: decodeBody(start, part.encoding).subarray(0, MAX_HEAD_BYTES),
    path: path.join('.'),
    ...(otherNames.length > 0 && { otherNames }),
  }
}

function htmlOf(parts: readonly string[]): { readonly traits: HtmlTraits | null; readonly links: readonly HtmlLink[] } {
  let traits: HtmlTraits | null = null
  const links: HtmlLink[] = []
  for (const part of parts) {
    const next = readHtml(part)
    for (const link of next.links) links.push(link)
    traits = traits === null ? next.traits : together(traits, next.traits)
  }
  return { traits, links }
}

function together(a: HtmlTraits, b: HtmlTraits): HtmlTraits {
  return {
    text: joinTexts(a.text, b.text),
    images: a.images + b.images,
    forms: a.forms + b.forms,
    passwords: a.passwords + b.passwords,
    scripts: a.scripts + b.scripts,
    hiddenChars: a.hiddenChars + b.hiddenChars,
    cutWords: a.cutWords + b.cutWords,
    dataUris: a.dataUris + b.dataUris,
  }
}

/** Links of HTML, then those in text that are not among them. */
function linksOf(links: readonly HtmlLink[], texts: readonly string[]): { readonly urls: readonly Link[]; readonly count: number } {
  const urls = new Map<string, Link>()
  const known = new Set<string>()
  let count = 0
  const add = (written: string, shown: string): void => {
    const key = shown === '' ? written : `${written} ${shown}`
    if (urls.has(key) || (urls.size >= MAX_URLS && known.has(written))) {
      count++
      return
    }
    const link = readUrl(written, shown)
    if (link === null) return
    count++
    if (known.size < MAX_URLS * 10) known.add(link.url)
    if (urls.size < MAX_URLS) urls.set(key, link)
  }
  for (const { url, shown } of links) add(cleanUrl(url), shown)
  for (const text of texts) {
    for (const url of findUrls(text)) if (!known.has(url)) add(url, '')
  }
  return { urls: [...urls.values()], count }
}

function headOf(bytes: Uint8Array, header: HeaderScan, { envelope }: MessageIndex): HeadTraits {
  return {
    rawSubject: (envelope.subject ?? '').slice(0, MAX_HEADER_CHARS),
    date: envelope.date,
    messageId: envelope.messageId,
    names: header.names,
    duplicates: header.duplicates,
    hasEightBit: !isAscii(bytes.subarray(0, header.end)),
  }
}

function headerText(text: string | null): string {
  return text === null ? '' : decodeWords(text).slice(0, MAX_HEADER_CHARS)
}

function shownAddresses(lists: readonly (readonly ListedAddress[] | null)[]): readonly ShownAddress[] {
  const shown: ShownAddress[] = []
  for (const list of lists) {
    for (const { name, mailbox, host } of list ?? []) {
      if (shown.length >= MAX_SHOWN_ADDRESSES) return shown
      if (mailbox === null || host === null) continue
      shown.push({ name: headerText(name), address: addressText(mailbox, host).slice(0, MAX_HEADER_CHARS) })
    }
  }
  return shown
}

/** A-labels, so that domains compare; as it stands when it is no domain. */
function addressText(mailbox: string, host: string): string {
  return host === '' ? mailbox.toLowerCase() : `${mailbox}@${parseDomain(host) ?? host}`.toLowerCase()
}
