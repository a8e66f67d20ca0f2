import { createHash } from 'node:crypto'
import type { EmailId, MessageId, ThreadId } from '../../../base/brand.ts'
import { makeId } from '../../../base/ids.ts'
import { Unavailable } from '../../../base/unavailable.ts'
import type { Identity } from '../../../core/access/identity.ts'
import { accountById } from '../../../core/account/sql.ts'
import type { Location, MailboxRef } from '../../../core/mailbox/mailbox.ts'
import { appendMessage } from '../../../core/mailbox/sql-append.ts'
import type { AppendArgs, Appended } from '../../../proto/imap/backend.ts'
import { encodeIndex } from '../../../proto/mail/index-code.ts'
import { parseMessageIds } from '../../../proto/mail/message-id.ts'
import { MimeIndexer } from '../../../proto/mail/mime-index.ts'
import type { MessageIndex } from '../../../proto/mail/part.ts'
import { threadKeys } from '../../../proto/mail/thread-key.ts'
import type { ImapHouse } from '../imap.ts'

/** Stores a message that a client brings: its bytes as they come, without a copy of the whole. Nothing stays when the client goes away. */
export async function append(house: ImapHouse, identity: Identity, ref: MailboxRef, args: AppendArgs): Promise<Appended> {
  if (!house.hasRoom()) throw new Unavailable('disk', { full: true })
  if (args.sizeBytes > house.maxMessageBytes) return { kind: 'refused', why: 'too-big' }
  if (!(await hasRoom(house, ref, args.sizeBytes))) return { kind: 'refused', why: 'over-quota' }
  const nowMs = house.clock.nowMs()
  const message = makeId('m', nowMs) as MessageId
  const read = await readSource(house, identity, message, args)
  const { index } = read
  const [messageId = null] = parseMessageIds(index.envelope.messageId ?? '', 1)
  const added = await house.db.write(
    appendMessage,
    {
      organization: identity.organization,
      message: { id: message, size: args.sizeBytes, digest: read.digest, location: read.location },
      email: {
        account: ref.account,
        mailbox: ref.mailbox,
        email: makeId('e', nowMs) as EmailId,
        newThread: makeId('t', nowMs) as ThreadId,
        threadKeys: threadKeys({ subject: index.envelope.subject, messageId, references: index.references }),
        receivedMs: args.internalDateMs ?? nowMs,
        savedMs: nowMs,
        size: args.sizeBytes,
        prefix: new Uint8Array(0),
        skips: [],
        structure: encodeIndex(index),
        flags: args.flags,
        keywords: args.keywords,
        quota: 'enforce',
      },
    },
    message,
  )
  if (added.kind === 'added') return { kind: 'done', uidvalidity: added.uidvalidity, uid: added.uid }
  return { kind: 'refused', why: added.kind }
}

/** Asked before the bytes come, so that a full mailbox costs no disk; the write asks again. */
async function hasRoom({ db }: ImapHouse, { account }: MailboxRef, bytes: number): Promise<boolean> {
  const found = await accountById(db, account)
  return found === null || found.quotaBytes === null || found.usedBytes + bytes <= found.quotaBytes
}

interface Read {
  readonly location: Location
  readonly digest: Uint8Array
  readonly index: MessageIndex
}

async function readSource(house: ImapHouse, { organization }: Identity, message: MessageId, { sizeBytes, source }: AppendArgs): Promise<Read> {
  const hash = createHash('sha256')
  const indexer = new MimeIndexer()
  const take = (chunk: Uint8Array): void => {
    hash.update(chunk)
    indexer.push(chunk)
  }
  if (sizeBytes <= house.inlineBytes) {
    const bytes = new Uint8Array(sizeBytes)
    let at = 0
    for await (const chunk of source) {
      bytes.set(chunk, at)
      at += chunk.length
      take(chunk)
    }
    return { location: { kind: 'inline', bytes }, digest: hash.digest(), index: indexer.finish().index }
  }
  const spool = await house.bytes.spool({ organization, message })
  try {
    for await (const chunk of source) {
      take(chunk)
      await spool.write(chunk)
    }
  } catch (error) {
    await spool.abort()
    throw error
  }
  return { location: await spool.commit(), digest: hash.digest(), index: indexer.finish().index }
}
