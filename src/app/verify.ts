import { createHash } from 'node:crypto'
import { Unavailable } from '../base/unavailable.ts'
import type { SegmentReader } from '../core/mailbox/body.ts'
import { messagesAfter, type Problem, recount, type StoredMessage } from '../core/mailbox/sql-verify.ts'
import type { Database } from '../infra/db/database.ts'

/** What a check of the whole store found. */
export interface Verified {
  readonly messages: number
  readonly bytes: number
  readonly problems: readonly Problem[]
}

/** Reads every message there is, compares its digest, and recounts every number. `progress` hears of each hundred. */
export async function verifyStore(db: Database, segments: SegmentReader, progress: (messages: number) => void): Promise<Verified> {
  const problems: Problem[] = [...(await recount(db))]
  let messages = 0
  let bytes = 0
  for (let after = ''; ; ) {
    const chunk = await messagesAfter(db, after)
    for (const message of chunk) {
      const what = await faultOf(message, segments)
      if (what !== null) problems.push({ what, where: message.id })
      messages += 1
      bytes += message.size
    }
    progress(messages)
    const last = chunk.at(-1)
    if (last === undefined) return { messages, bytes, problems }
    after = last.id
  }
}

async function faultOf({ location, digest, size }: StoredMessage, segments: SegmentReader): Promise<string | null> {
  const hash = createHash('sha256')
  let read = 0
  try {
    for await (const chunk of location.kind === 'inline' ? [location.bytes] : segments.read(location, 0, location.length)) {
      hash.update(chunk)
      read += chunk.length
    }
  } catch (error) {
    if (error instanceof Unavailable) return 'a message whose segment cannot be read'
    throw error
  }
  if (read !== size) return 'a message of another length than its row says'
  return hash.digest().equals(digest) ? null : 'a message whose bytes differ from its digest'
}
