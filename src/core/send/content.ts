import { formatDate } from '../../proto/mail/date.ts'
import { textField } from '../../proto/mail/header-write.ts'
import { MAX_CONTENT_BYTES, MAX_SHOWN_ADDRESSES, MAX_TEXT_CHARS } from '../filter/limits.ts'
import type { MailContent, ShownAddress } from '../filter/mail-content.ts'
import { contentOfParts } from '../filter/read-content.ts'
import type { Draft } from './draft.ts'

/** What is not the draft's own in a message. */
export interface DraftStamp {
  readonly messageId: string
  readonly nowMs: number
}

/**
 * What the content checks would read in the message that is composed of a draft: the same as `readContent` would make of its bytes, without composing them, and without taking
 * them apart again, which is a third of the work. Null for what is not so plain that it is known to be the same: files, long bodies, words in which encodings have a say.
 * `content.test.ts` compares both.
 */
export function contentOfDraft({ from, to, cc, replyTo, subject, inReplyTo, references, more, text, html, files }: Draft, { messageId, nowMs }: DraftStamp): MailContent | null {
  if (files.length > 0 || sizeOf(text) + sizeOf(html) > MAX_DRAFT_BYTES || !isPlain(subject, MAX_SUBJECT_CHARS)) return null
  const authors = shownOf([from])
  const readers = shownOf([...to, ...cc])
  const answers = shownOf(replyTo)
  if (authors === null || readers === null || answers === null) return null
  const moreNames = more.map(([name]) => name.toLowerCase())
  if (new Set(moreNames).size < moreNames.length) return null
  const has = (name: string, list: readonly unknown[]): readonly string[] => (list.length === 0 ? [] : [name])
  const isOnePart = text === null || html === null
  const names = new Set([
    ...ALWAYS, ...has('reply-to', replyTo), ...has('to', to), ...has('cc', cc), ...has('in-reply-to', inReplyTo), ...has('references', references), ...moreNames,
    ...(isOnePart ? ['content-transfer-encoding'] : []),
  ])
  const head = { rawSubject: rawOf(subject), date: formatDate(nowMs, 0), messageId: `<${messageId}>`, names, duplicates: [], hasEightBit: false }
  return contentOfParts(
    { subject, from: authors, replyTo: answers, to: readers, head },
    { plain: asRead(text ?? '').slice(0, MAX_TEXT_CHARS), html: html === null ? [] : [asRead(html)], attachments: [] },
  )
}

const ALWAYS = ['date', 'from', 'subject', 'message-id', 'mime-version', 'content-type']

/** As bytes of a message, of which each may take three and some, this is less than is read of one. */
const MAX_DRAFT_BYTES = MAX_CONTENT_BYTES / 4

/** Longer subjects and names are written in other ways. */
const MAX_SUBJECT_CHARS = 200
const MAX_NAME_CHARS = 60

function sizeOf(text: string | null): number {
  return text === null ? 0 : Buffer.byteLength(text)
}

/** Words of what prints with one blank between, and nothing that could be taken for an encoded word. */
function isPlain(text: string, maxChars: number): boolean {
  return text.length <= maxChars && /^(?:[^\p{C}\p{Z}]+(?: [^\p{C}\p{Z}]+)*)?$/u.test(text) && !text.includes('=?')
}

function rawOf(subject: string): string {
  return textField('Subject', subject).slice('Subject:'.length).replaceAll('\r\n', '').trim()
}

/** Addresses as they are shown, the first of them; null when one of all is not plain. */
function shownOf(list: readonly { readonly name: string | null; readonly address: { readonly text: string } }[]): readonly ShownAddress[] | null {
  const shown: ShownAddress[] = []
  for (const { name, address: { text } } of list) {
    if (!isPlain(name ?? '', MAX_NAME_CHARS) || !/^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$/.test(text)) return null
    shown.push({ name: name ?? '', address: text.toLowerCase() })
  }
  return shown.slice(0, MAX_SHOWN_ADDRESSES)
}

/** Text as it comes out again: lines end in CRLF, the last one too, and a mark of the order of octets at its beginning is none of it. */
function asRead(text: string): string {
  const lines = text.toWellFormed().replace(/\r\n|\n|\r/g, '\r\n')
  const ended = lines === '' || lines.endsWith('\r\n') ? lines : `${lines}\r\n`
  return ended.startsWith('\ufeff') ? ended.slice(1) : ended
}
