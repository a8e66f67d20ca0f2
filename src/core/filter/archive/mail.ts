import { Buffer } from 'node:buffer'
import { decodeBody } from '../../../proto/mail/decode-body.ts'
import { indexMessage } from '../../../proto/mail/mime-index.ts'
import type { Part } from '../../../proto/mail/part.ts'
import { walkParts } from '../../../proto/mail/section.ts'
import { fileNameOf } from '../../../proto/mail/text-of-part.ts'
import { MAX_HEAD_BYTES } from '../limits.ts'

/** A file in a message that came as a file. */
export interface MailEntry {
  /** '' for none. */
  readonly name: string
  /** Octets as it is encoded. */
  readonly size: number
  /** Its first decoded bytes, at most `MAX_HEAD_BYTES`. */
  readonly head: Uint8Array
  readonly decoded: () => Uint8Array
}

/** What is in such a message: its files, and which limit it goes over, so that not all of it was read. */
export interface MailFiles {
  readonly entries: readonly MailEntry[]
  readonly over: 'depth' | 'files' | null
}

/**
 * The files of a message that came as a file, `.eml` or an encoded message/rfc822: RFC 2046 §5.2.1 allows no encoding there, so that it is no part of
 * the message's structure, and programs open it all the same. Never throws; linear.
 */
export function readMail(bytes: Uint8Array): MailFiles {
  const index = indexMessage(bytes)
  const entries: MailEntry[] = []
  for (const { part } of walkParts(index, 'nested-messages')) if (part.children.length === 0) entries.push(entryOf(part, bytes.subarray(part.bodyStart, part.bodyEnd)))
  if (index.defects.includes('too-deep')) return { entries, over: 'depth' }
  return { entries, over: index.defects.includes('too-many-parts') ? 'files' : null }
}

function entryOf(part: Part, body: Uint8Array): MailEntry {
  return {
    name: fileNameOf(part) ?? '',
    size: body.length,
    // Three octets are written as at most nine characters (RFC 2045 §6.7).
    head: Buffer.from(decodeBody(body.subarray(0, MAX_HEAD_BYTES * 3), part.encoding).subarray(0, MAX_HEAD_BYTES)),
    decoded: () => decodeBody(body, part.encoding),
  }
}
