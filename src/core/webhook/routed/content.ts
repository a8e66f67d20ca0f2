import { jsonText } from '../../../base/json-text.ts'
import { readHtml } from '../../filter/html/read-html.ts'
import type { ListedAddress } from '../../../proto/mail/display-address.ts'
import { decodeWords } from '../../../proto/mail/encoded-word.ts'
import { filesOf, type MailFile } from '../../../proto/mail/files-of.ts'
import { fieldText, readHeader } from '../../../proto/mail/headers.ts'
import { parseMessageIds } from '../../../proto/mail/message-id.ts'
import { indexMessage } from '../../../proto/mail/mime-index.ts'
import { replyText } from '../../../proto/mail/reply-text.ts'
import { textsOf } from '../../../proto/mail/texts-of.ts'
import { MAX_FIELD_CHARS, MAX_FIELDS, MAX_INLINE_BYTES, MAX_TEXT_CHARS } from './limits.ts'

/** What stands in a message, as programs are given it. Pure; takes linear time and never throws, whatever is in `bytes`. */
export function routedContent(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const index = indexMessage(bytes)
  const { envelope, references } = index
  const { text, html } = textsOf(bytes, index, MAX_TEXT_CHARS)
  const words = text ?? (html === null ? '' : readHtml(html).traits.text)
  return {
    ...{ from: peopleOf(envelope.from), to: peopleOf(envelope.to), cc: peopleOf(envelope.cc), reply_to: peopleOf(envelope.replyTo) },
    ...{ subject: envelope.subject === null ? null : jsonText(decodeWords(envelope.subject), MAX_FIELD_CHARS), date: envelope.date },
    ...{ message_id: envelope.messageId, in_reply_to: parseMessageIds(envelope.inReplyTo ?? '', 1)[0] ?? null, references: [...references] },
    headers: fieldsOf(bytes),
    ...{ text, html, stripped_text: replyText(words) },
    attachments: shownFiles(filesOf(bytes, index)),
  }
}

/** The files of a message, with their bytes. */
export function routedFiles(bytes: Uint8Array): readonly MailFile[] {
  return filesOf(bytes, indexMessage(bytes))
}

function fieldsOf(bytes: Uint8Array): readonly { readonly name: string; readonly value: string }[] {
  return readHeader(bytes).fields.slice(0, MAX_FIELDS).map((field) => ({ name: field.name, value: jsonText(decodeWords(fieldText(bytes, field).trim()), MAX_FIELD_CHARS) }))
}

/** Small files stand in the call; what is larger is told of, and fetched. */
function shownFiles(files: readonly MailFile[]): readonly Readonly<Record<string, unknown>>[] {
  let room = MAX_INLINE_BYTES
  return files.map(({ number, name, type, contentId, isInline, bytes }) => {
    const fits = bytes.length <= room
    if (fits) room -= bytes.length
    return { number, filename: name, content_type: type, content_id: contentId, inline: isInline, size: bytes.length, content: fits ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') : null }
  })
}

function peopleOf(list: readonly ListedAddress[] | null): readonly { readonly name: string | null; readonly email: string }[] {
  return (list ?? []).flatMap(({ name, mailbox, host }) => (mailbox === null || host === null ? [] : [{ name: name === null ? null : jsonText(decodeWords(name), MAX_FIELD_CHARS), email: jsonText(`${mailbox}@${host}`, MAX_FIELD_CHARS) }]))
}
