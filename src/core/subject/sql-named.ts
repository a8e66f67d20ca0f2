import type { MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import type { SegmentReader } from '../mailbox/body.ts'
import { dropBody } from '../queue/sql-body.ts'
import { storedMessage } from '../queue/sql-message.ts'
import { foldAddress } from '../suppression/suppression.ts'
import { MESSAGES_A_STEP, OVERLAP_CHARS } from './limits.ts'
import { type Mention, mentionOf } from './mention.ts'

const NEXT = statement<{ organization: string; after: string }, { message: MessageId }>(
  `SELECT DISTINCT message FROM delivery WHERE organization = $organization AND message > $after ORDER BY message LIMIT ${MESSAGES_A_STEP}`,
)
const RECIPIENTS = statement<{ message: string; organization: string }, { recipient: string }>('SELECT recipient FROM delivery WHERE message = $message AND organization = $organization')
const SEGMENT = statement<{ message: string }, { segment: string | null }>('SELECT segment FROM message WHERE id = $message')

/** Messages that an organization has sent, after one of them, and those among them whose bytes name the subject, in whatever form. */
export interface NamedMessages {
  readonly all: readonly MessageId[]
  readonly named: readonly MessageId[]
}

/** Looks through the bytes of the next messages to whomever. */
export async function namedMessages(db: Database, segments: SegmentReader, { organization, address, after }: { readonly organization: OrganizationId; readonly address: string; readonly after: string }): Promise<NamedMessages> {
  const all = (await db.all(NEXT, { organization, after })).map(({ message }) => message)
  const mention = mentionOf(address)
  const named: MessageId[] = []
  for (const message of all) if (await isNamedIn(db, segments, message, mention)) named.push(message)
  return { all, named }
}

async function isNamedIn(db: Database, segments: SegmentReader, id: MessageId, mention: Mention): Promise<boolean> {
  const stored = await storedMessage(db, id)
  if (stored === null) return false
  const { location } = stored
  if (location.kind === 'inline') return mention.isIn(Buffer.from(location.bytes).toString('latin1'))
  let before = ''
  for await (const bytes of segments.read(location, 0, location.length)) {
    const text = before + Buffer.from(bytes).toString('latin1')
    if (mention.isIn(text)) return true
    const tail = text.slice(-OVERLAP_CHARS)
    before = tail.slice(tail.indexOf('\n') + 1) // Base64 is read from the beginning of a line.
  }
  return false
}

/** Messages that name the subject, and whose they are. */
export interface DropArgs {
  readonly organization: OrganizationId
  readonly address: string
  readonly messages: readonly MessageId[]
  readonly nowMs: number
}

/** What became of messages whose bytes were to go. */
export interface Dropped {
  readonly dropped: number
  /** Those that wait to be sent to others alone. Where the subject is one of them, `eraseMessages` waits. */
  readonly open: readonly MessageId[]
  /** Where the bytes of those lay that are gone. */
  readonly segments: readonly string[]
}

/** Removes the bytes of messages, unless a mailbox holds them, or they are still to be sent. What became of their deliveries stays. */
export const dropNamed = write('subject.drop_named', function* (tx, { organization, address, messages, nowMs }: DropArgs): Work<Dropped> {
  const [open, segments]: [MessageId[], string[]] = [[], []]
  let dropped = 0
  for (const message of messages) {
    const segment = (yield* tx.one(SEGMENT, { message }))?.segment ?? null
    const how = yield* dropBody(tx, message, { beforeMs: Number.MAX_SAFE_INTEGER, nowMs })
    if (how === 'open' && !(yield* tx.all(RECIPIENTS, { message, organization })).some(({ recipient }) => foldAddress(recipient) === address)) open.push(message)
    if (how !== 'dropped') continue
    dropped += 1
    if (segment !== null) segments.push(segment)
  }
  return { dropped, open, segments }
})
