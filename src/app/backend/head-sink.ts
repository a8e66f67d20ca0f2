import { RETURNED_BYTES } from '../../core/inbound/returned.ts'
import type { MessageSink, Outcome } from '../../proto/smtp/server/backend.ts'

/** Takes a message of any length and keeps its beginning only. */
export function headSink(finish: (head: Uint8Array) => Promise<Outcome>): MessageSink {
  const head = Buffer.alloc(RETURNED_BYTES)
  let used = 0
  return {
    async write(bytes) {
      const taken = bytes.subarray(0, head.length - used)
      head.set(taken, used)
      used += taken.length
    },
    finish: () => finish(Uint8Array.from(head.subarray(0, used))),
    abort: async () => {},
  }
}
