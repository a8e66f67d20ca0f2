import type { MessageId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { indexMessage } from '../../../proto/mail/mime-index.ts'
import { type Texts, textsOf } from '../../../proto/mail/texts-of.ts'
import type { SegmentReader } from '../../mailbox/body.ts'
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

/** The bytes of a message as its sender is shown them: without the addresses by which its reader stops mail. Null when they are removed, or more than `mostBytes`. */
export async function shownBytes({ db, segments, secret }: ShownFrom, id: MessageId, mostBytes = Number.POSITIVE_INFINITY): Promise<Uint8Array | null> {
  const stored = await storedMessage(db, id)
  if (stored === null || stored.sizeBytes > mostBytes) return null
  const { location, sizeBytes } = stored
  return withoutStops(location.kind === 'inline' ? location.bytes : Buffer.concat(await Array.fromAsync(segments.read(location, 0, sizeBytes))), secret)
}

/** The texts of a message, as its sender is shown them. */
export async function shownTexts(from: ShownFrom, id: MessageId): Promise<Texts> {
  const bytes = await shownBytes(from, id, MAX_READ_BYTES)
  if (bytes === null) return { text: null, html: null }
  const { text, html } = textsOf(bytes, indexMessage(bytes), MAX_READ_BYTES)
  return { text: asWritten(text), html: asWritten(html) }
}

/** As a program wrote it: mail ends lines with CR LF, and the last one, too. */
function asWritten(text: string | null): string | null {
  return text?.replaceAll('\r\n', '\n').replace(/\n$/, '') ?? null
}
