import type { MessageId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { filesOf, type MailFile } from '../../../proto/mail/files-of.ts'
import { indexMessage } from '../../../proto/mail/mime-index.ts'
import { type Texts, textsOf } from '../../../proto/mail/texts-of.ts'
import { type SegmentReader, storedBytes } from '../../mailbox/body.ts'
import { storedMessage } from '../../queue/sql-message.ts'
import { withoutStops } from '../../track/hide-stops.ts'

/** Octets of a message whose texts are shown beside what became of it, and characters of each. Of larger ones there is `/raw`. */
const MAX_READ_BYTES = 2 * 1024 * 1024

/** Where the bytes of messages are. */
export interface ShownFrom {
  readonly db: Database
  readonly segments: SegmentReader
  /** The installation's. */
  readonly secret: Uint8Array
}

/** The bytes of a message as its sender is shown them: without the addresses by which its reader stops mail. Null when they are removed. */
export async function shownBytes({ db, segments, secret }: ShownFrom, id: MessageId): Promise<Uint8Array | null> {
  const stored = await storedMessage(db, id)
  return stored === null ? null : withoutStops(await storedBytes(stored.location, segments, stored.sizeBytes), secret)
}

/** The texts of a message, as its sender is shown them. */
export async function shownTexts({ db, segments, secret }: ShownFrom, id: MessageId): Promise<Texts> {
  const stored = await storedMessage(db, id)
  if (stored === null || stored.sizeBytes > MAX_READ_BYTES) return { text: null, html: null }
  const bytes = await storedBytes(stored.location, segments, stored.sizeBytes)
  const index = indexMessage(bytes)
  const { text, html } = textsOf(withoutStops(bytes, secret, index), index, MAX_READ_BYTES) // Its lengths stay, and so does its index.
  return { text: asWritten(text), html: asWritten(html) }
}

/** The files of a message, decoded; null when its bytes are removed. */
export async function shownFiles(from: ShownFrom, id: MessageId): Promise<readonly MailFile[] | null> {
  const bytes = await shownBytes(from, id)
  return bytes === null ? null : filesOf(bytes, indexMessage(bytes))
}

/** As a program wrote it: mail ends lines with CR LF, and the last one, too. */
function asWritten(text: string | null): string | null {
  return text?.replaceAll('\r\n', '\n').replace(/\n$/, '') ?? null
}
