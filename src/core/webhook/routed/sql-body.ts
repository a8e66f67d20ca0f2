import type { Database } from '../../../infra/db/database.ts'
import type { MessageId } from '../../../base/brand.ts'
import { makeView, type Range, readView } from '../../../proto/mail/view.ts'
import type { HookBody } from '../../local/sql-hook.ts'
import { type SegmentReader, storedBytes } from '../../mailbox/body.ts'
import { storedMessage } from '../../queue/sql-message.ts'
import { payloadOf } from '../payload.ts'
import { routedContent } from './content.ts'
import { MAX_READS } from './limits.ts'

/** A call that carries a message. */
export interface CarryingCall {
  readonly body: string
  readonly message: MessageId | null
}

/** Where messages are read from. */
export interface RoutedBytes {
  readonly db: Database
  readonly segments: SegmentReader
}

/** The bytes of the message that a call carries, as a reader would see them; null when it is gone. In one piece: bounded by the largest message we take. */
export async function carriedBytes({ db, segments }: RoutedBytes, { body, message }: CarryingCall): Promise<Uint8Array | null> {
  const stored = message === null ? null : await storedMessage(db, message)
  if (stored === null) return null
  const { location, sizeBytes } = stored
  return readView(makeView(0, skipsOf(body), sizeBytes), new Uint8Array(0), await storedBytes(location, segments, sizeBytes))
}

/** What is posted for a call: of one that carries a message, with what stands in it. A few are read at a time. Null when the message is gone. */
export function bodyReader(options: RoutedBytes): (call: CarryingCall) => Promise<string | null> {
  let reading = 0
  const waiting: (() => void)[] = []
  const read = async (call: CarryingCall): Promise<string | null> => {
    const bytes = await carriedBytes(options, call)
    if (bytes === null) return null
    const { type, atMs, sequence, about } = JSON.parse(call.body) as HookBody // Written by `queueHooks` only.
    return payloadOf({ type, atMs, sequence, data: { ...about, ...routedContent(bytes) } })
  }
  return async (call) => {
    if (call.message === null) return call.body
    if (reading >= MAX_READS) await new Promise<void>((go) => waiting.push(go))
    reading += 1
    try {
      return await read(call)
    } finally {
      reading -= 1
      waiting.shift()?.()
    }
  }
}

function skipsOf(body: string): readonly Range[] {
  return (JSON.parse(body) as HookBody).skips // Written by `queueHooks` only.
}
