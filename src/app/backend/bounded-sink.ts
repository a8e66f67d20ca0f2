import type { MessageSink, Outcome } from '../../proto/smtp/server/backend.ts'

/** Octets that there is room for at first: most reports are shorter. */
const FIRST_BYTES = 64 * 1024

/** Takes a message of any length and keeps it while it has `maxBytes` at most. `finish` gets null for a longer one. */
export function boundedSink(maxBytes: number, finish: (bytes: Uint8Array | null) => Promise<Outcome>): MessageSink {
  let kept = Buffer.alloc(Math.min(FIRST_BYTES, maxBytes))
  let size = 0
  return {
    async write(bytes) {
      const start = size
      size += bytes.length
      if (size > maxBytes) return
      if (size > kept.length) kept = Buffer.concat([kept], Math.min(maxBytes, Math.max(size, 2 * kept.length)))
      kept.set(bytes, start)
    },
    finish: () => finish(size > maxBytes ? null : Uint8Array.from(kept.subarray(0, size))),
    abort: async () => {},
  }
}
